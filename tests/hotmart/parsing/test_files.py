"""Files and folders: formats are recognised by content; an unreadable file is one refusal."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from smartinst.errors import InputError
from smartinst.hotmart.parsing import files
from smartinst.hotmart.parsing.files import parse_body, read_paths
from smartinst.hotmart.values.outcome import ItemOutcome
from tests.support.hotmart_payloads import (
    export,
    item,
    json_text,
    line,
    outcome,
    users,
    webhook,
    with_changes,
)


def parse(body: bytes) -> list[ItemOutcome]:
    return list(parse_body(body, "acme"))


def results(body: bytes) -> list[tuple[str, str]]:
    """Position and outcome of each item."""
    return [(outcome.position, result_text(outcome)) for outcome in parse(body)]


def result_text(outcome: ItemOutcome) -> str:
    if outcome.statements:
        return "accepted"
    return outcome.ignore_reason or outcome.refusal_reason or ""


def test_json_lines_are_recognised_by_their_lines() -> None:
    lines = [
        json_text(item(1)),
        "",
        json_text(webhook("PURCHASE_APPROVED", "APPROVED", "2026-02-01")),
        json_text(users("HP1")),
    ]
    body = "\n".join(lines).encode()
    assert results(body) == [
        ("line 1", "accepted"),
        ("line 3", "accepted"),
        ("line 4", "accepted"),
    ]


def test_a_broken_line_among_valid_ones_is_one_refusal_with_its_number() -> None:
    body = "\n".join([json_text(item(1)), '{"subscription_id": 2, ', json_text(item(3))]).encode()
    assert results(body)[1] == ("line 2", "not recognised: not JSON")
    assert [result for _, result in results(body)].count("accepted") == 2


def test_positions_of_pages_in_json_lines_name_line_and_item() -> None:
    body = "\n".join(
        [json_text({"items": [item(1), item(2)]}), json_text({"items": [item(3)]})]
    ).encode()
    assert [position for position, _ in results(body)] == [
        "line 1, item 1",
        "line 1, item 2",
        "line 2, item 1",
    ]


def test_a_truncated_page_is_one_refusal() -> None:
    page = "[\n" + ",\n".join(json_text(item(k)) for k in (1, 2, 3)) + "\n]"
    (refusal,) = parse(page[:-1].encode())
    assert (refusal.position, refusal.refusal_reason) == ("file", "not recognised: not JSON")
    assert refusal.is_unreadable
    assert refusal.excerpt.startswith("sha256 ") and refusal.excerpt.endswith(" bytes")


UNREADABLE_BODIES = {
    "empty": (b"", "empty file"),
    "blank": (b" \n\t ", "empty file"),
    "broken UTF-8": (b'{"items": [\xff\xfe', "not valid UTF-8"),
    "NUL": (b'{"items": []}\0', "contains NUL bytes"),
    "prose": (b"Dear sir or madam,\nthe file is attached.\n", "not recognised: not JSON"),
    "NaN": (
        b'{"items": [{"purchase": {"price": {"value": NaN}}}]}',
        "NaN or Infinity in the document",
    ),
    "Infinity": (b'[{"value": -Infinity}]', "NaN or Infinity in the document"),
    "brackets without end": (b"[" * 200_000, "not recognised: not JSON"),
    "deep nesting": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested too deeply"),
    "another table": (b"name;age;town;code\nx;1;y;2\n", "not recognised: not JSON"),
}


@pytest.mark.parametrize(("body", "reason"), UNREADABLE_BODIES.values(), ids=UNREADABLE_BODIES)
def test_a_file_that_cannot_be_read_is_one_refusal(body: bytes, reason: str) -> None:
    (refusal,) = parse(body)
    assert (refusal.position, refusal.refusal_reason) == ("file", reason)
    assert refusal.is_unreadable


def test_only_the_item_that_is_nested_too_deeply_is_refused() -> None:
    deep_item = '{"a":' * 5_000 + "1" + "}" * 5_000
    items = f"[{json_text(item(1))}, {deep_item}, {json_text(item(2))}]"
    page = f'{{"page_info": {{"next": "]}}\\""}}, "items": {items}}}'
    assert [result for _, result in results(page.encode())] == [
        "accepted",
        "nested too deeply",
        "accepted",
    ]


def test_only_the_item_with_a_number_of_5000_digits_is_refused() -> None:
    fields = [
        ("recurrency.number", "expected an integer"),
        ("purchase.price.value", "amount too large"),
        ("last_update", "expected milliseconds since 1970"),
        ("subscription_id", "expected a text"),
    ]
    for path, reason in fields:
        page = {"items": [item(1), with_changes(item(2), {path: "LONG"}), item(3)]}
        body = (
            json_text(page).replace('"LONG"', "-" * (path == "last_update") + "9" * 5000).encode()
        )
        assert [result for _, result in results(body)] == [
            "accepted",
            f"{path}: {reason}",
            "accepted",
        ]


def test_more_than_64_levels_of_nesting_are_refused() -> None:
    for levels, result in ((63, "accepted"), (64, "nested more than 64 levels deep")):
        nested = json_text(item(1, extra="DEEP")).replace('"DEEP"', "[" * levels + "]" * levels)
        assert results(nested.encode())[0][1] == result


def test_a_byte_order_mark_is_accepted() -> None:
    assert results(b"\xef\xbb\xbf" + json_text(item(1)).encode())[0][1] == "accepted"


def test_a_large_document_is_read_item_by_item_with_the_same_outcomes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    document = {
        "page_info": {"items": 3},
        "items": [item(1), {"odd": 1}, item(2, subscriber__name='"]}, {')],
        "more": [],
    }
    outcomes = parse(json_text(document).encode())
    monkeypatch.setattr(files, "STREAMING_THRESHOLD", 10)
    assert parse(json_text(document).encode()) == outcomes
    assert parse(json_text(document["items"]).encode()) == outcomes
    for truncated in (
        json_text(document)[:-2],
        json_text(document) + "]",
        json_text(document["items"])[:-1] + ",]",
        "[1 2]",
    ):
        (refusal,) = parse(truncated.encode())
        assert refusal.is_unreadable
    assert parse(json_text(item(1)).encode()) == [outcome(item(1))]


# --- exports --------------------------------------------------------------------------------------


def test_an_export_is_read_line_by_line() -> None:
    body = export(
        line(1), line(2, billing="Recorrência"), line(3, "Estranho"), line(4, amount="abc"), line(6)
    )
    assert results(body) == [
        ("line 2", "accepted"),
        ("line 3", "billing type Recorrência"),
        ("line 4", "accepted"),
        ("line 5", "Valor de compra sem impostos: not a number"),
        ("line 6", "accepted"),  # above N: counted by the ledger
    ]


def test_a_row_of_an_export_has_a_plan_and_an_attempt() -> None:
    (outcome,) = parse(export(line(2)))
    assert outcome.statements is not None
    (attempt,), (plan,) = outcome.statements.attempts, outcome.statements.plans
    columns = {
        "transaction": "HP2000000102",
        "status": "approved",
        "billing_type": "SMART_INSTALLMENT",
        "number": 2,
        "installments": 5,
        "currency": "EUR",
        "amount_minor": 4000,
        "commission_currency": "EUR",
        "paid_minor": 3600,
        "payment_type": "CREDIT_CARD",
        "country": "PT",
    }
    assert {name: attempt[name] for name in columns} == columns
    assert str(attempt["ordered_at"]) == "2026-02-15 12:00:00+00:00"  # 9:00 in São Paulo
    assert (plan["plan_key"], plan["installments"], plan["buyer"]) == (
        "code:CODE20000001",
        5,
        "Rita Exemplo",
    )


EXPORT_STATUSES = [
    ("Aprovado", "approved"),
    ("Aprovada", "approved"),
    ("Completo", "complete"),
    ("COMPLETA", "complete"),
    ("Atrasado", "delayed"),
    ("Atrasada", "delayed"),
    ("Cancelado", "canceled"),
    ("Aguardando pagamento", "waiting"),
    ("Boleto Gerado", "waiting"),
    ("Iniciada", "waiting"),
    ("Em Análise", "in_analysis"),
    ("Reclamada", "disputed"),
    ("disputa", "disputed"),
    ("Reembolsado", "refunded"),
    ("Chargeback", "charged_back"),
    ("Expirado", "expired"),
    ("Recusado", "refused"),
    ("Estranho", "ESTRANHO"),
]


@pytest.mark.parametrize(("word", "status"), EXPORT_STATUSES)
def test_a_status_in_an_export_has_one_meaning_in_either_gender(word: str, status: str) -> None:
    (outcome,) = parse(export(line(1, word)))
    assert outcome.statements is not None and outcome.statements.attempts[0]["status"] == status


NUMBERS = [
    ("1.234,56", 123456),
    ("1,234.56", 123456),
    ("1234,5", 123450),
    ("1234.5", 123450),
    ("1.234", 123400),
    ("40", 4000),
]


@pytest.mark.parametrize(("text", "minor"), NUMBERS)
def test_each_number_in_an_export_has_a_decimal_comma_or_point(text: str, minor: int) -> None:
    (outcome,) = parse(export(line(1, amount=text)))
    assert (
        outcome.statements is not None and outcome.statements.attempts[0]["amount_minor"] == minor
    )


def test_only_the_line_that_is_no_csv_is_refused() -> None:
    long_line = line(2).replace("Rita Exemplo", "x" * 200_000)
    assert results(export(line(1), long_line, line(3))) == [
        ("line 2", "accepted"),
        ("line 3", "not a line of CSV"),
        ("line 4", "accepted"),
    ]


def test_a_row_with_a_cell_of_two_lines_is_one_row() -> None:
    two_lines = line(2).replace("Rita Exemplo", '"Rita\nExemplo"')
    assert results(export(line(1), two_lines, line(3, amount="-1")))[2] == (
        "line 5",
        "Valor de compra sem impostos: negative amount",
    )


OPEN, CLOSED = ("Rita Exemplo", '"Rita Exemplo'), ("Rita Exemplo", 'Rita Exemplo"')
QUOTES: dict[str, list[tuple[int, tuple[str, str]]]] = {
    "one": [(2, OPEN)],
    "one in the last line": [(5, OPEN)],
    "two opening": [(2, OPEN), (4, OPEN)],
    "one opening and one closing": [(2, OPEN), (4, CLOSED)],
    "one opening and a quoted cell": [(1, OPEN), (4, ("Rita Exemplo", '"Rita Exemplo"'))],
    "in every line": [(k, OPEN) for k in range(1, 6)],
    "three quotes in every line": [(k, ("Rita Exemplo", '"""')) for k in range(1, 6)],
    "in the first cell": [(2, ("HP", '"HP'))],
    "in the last cell": [(3, ("Rua Secreta;", 'Rua Secreta;"'))],
    "a name in quotes": [(3, ("Rita Exemplo", '"Rita" Exemplo'))],
}


@pytest.mark.parametrize("quotes", QUOTES.values(), ids=QUOTES)
def test_an_unclosed_quote_loses_no_line(
    quotes: list[tuple[int, tuple[str, str]]],
) -> None:
    lines = {k: line(k) for k in range(1, 6)}
    for k, replacement in quotes:
        lines[k] = lines[k].replace(*replacement)
    assert results(export(*lines.values())) == [(f"line {k}", "accepted") for k in range(2, 7)]


def test_an_unclosed_quote_does_not_change_which_lines_are_ignored_and_refused() -> None:
    first_line = line(1, billing="Recorrência").replace(*OPEN)
    assert results(export(first_line, line(2, amount="abc"), line(3))) == [
        ("line 2", "billing type Recorrência"),
        ("line 3", "Valor de compra sem impostos: not a number"),
        ("line 4", "accepted"),
    ]


def test_unclosed_quotes_in_a_long_file_lose_no_line() -> None:
    rows = [
        line(k % 5 + 1).replace(*OPEN) if k in (0, 700) else line(k % 5 + 1) for k in range(2_000)
    ]
    assert [result for _, result in results(export(*rows))] == ["accepted"] * 2_000


def test_a_refused_row_of_two_lines_is_parsed_line_by_line() -> None:
    two_lines = line(2, amount="abc").replace("Rita Exemplo", '"Rita\nExemplo"')
    assert results(export(line(1), two_lines, line(3))) == [
        ("line 2", "accepted"),
        ("line 3", "expected 21 columns, found 16"),
        ("line 4", "Tipo de cobrança: missing"),
        ("line 5", "accepted"),
    ]


def test_a_row_whose_first_or_last_cell_has_two_lines_is_one_row() -> None:
    last_cell = line(2).replace("CODE20000001", '"CODE\n20000001"')
    first_cell = line(3).replace("HP2000000103", '"HP\n2000000103"')
    assert results(export(last_cell, first_cell)) == [
        ("line 3", "accepted"),
        ("line 5", "accepted"),
    ]


def test_a_date_that_does_not_exist_is_refused() -> None:
    (refusal,) = parse(export(line(1, order_date="31/02/2026 09:00:00")))
    assert refusal.refusal_reason == "Data da transação: impossible date"


def test_columns_are_found_in_any_order_and_case() -> None:
    head, row = export(line(1)).decode("utf-8-sig").splitlines()
    reordered = "\n".join(";".join(reversed(cells.split(";"))) for cells in (head.upper(), row))
    assert results(reordered.encode()) == [("line 2", "accepted")]


# --- folders --------------------------------------------------------------------------------------


def test_files_of_a_folder_are_read_in_order_with_relative_names(tmp_path: Path) -> None:
    for name in ("b/two.json", "a.json", "b/.hidden.json", "c.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(json_text(item(1)))
    (tmp_path / "b" / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    names = [name for name, _ in read_paths([tmp_path, tmp_path / "a.json"], "acme", 1)]
    assert names == ["a.json", "c.txt", "b/two.json", "a.json"]


def too_large(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate((1 << 20) + 1)


def fifo(path: Path) -> None:
    os.mkfifo(path)


def dangling(path: Path) -> None:
    path.symlink_to("nowhere")


UNREADABLE = {
    "larger than 1 MB ([limits] max_file_mb)": too_large,
    "not a regular file": fifo,
    "cannot be read: No such file or directory": dangling,
}


@pytest.mark.parametrize(("reason", "create"), UNREADABLE.items())
def test_a_path_that_is_not_a_readable_file_is_one_refusal(
    tmp_path: Path, reason: str, create: Callable[[Path], None]
) -> None:
    create(tmp_path / "file")
    ((name, refusal),) = read_paths([tmp_path / "file"], "acme", 1)
    assert (name, refusal.refusal_reason, refusal.is_unreadable) == ("file", reason, True)


def test_a_path_that_does_not_exist_is_an_error_before_any_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json_text(item(1)))
    with pytest.raises(InputError, match=r"missing\.json: no such file or folder"):
        list(read_paths([tmp_path / "a.json", tmp_path / "missing.json"], "acme", 1))
