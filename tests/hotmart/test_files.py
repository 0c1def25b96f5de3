"""Files and folders: recognised by content, each item with its place, and a file that cannot be read refused whole."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from smartinst.errors import InputError
from smartinst.hotmart.parsing import files
from smartinst.hotmart.parsing.files import parse_body, read_paths
from smartinst.hotmart.parsing.outcome import ItemOutcome
from tests.support.hotmart_payloads import (
    changed,
    export,
    item,
    line,
    outcome,
    users,
    webhook,
    written,
)


def told(body: bytes) -> list[ItemOutcome]:
    return list(parse_body(body, "acme"))


def places(body: bytes) -> list[tuple[str, str]]:
    """Position and outcome of each item."""
    return [
        (
            one.position,
            "accepted" if one.statements else one.ignore_reason or one.refusal_reason or "",
        )
        for one in told(body)
    ]


def test_json_lines_are_told_by_their_lines() -> None:
    lines = [
        written(item(1)),
        "",
        written(webhook("PURCHASE_APPROVED", "APPROVED", "2026-02-01")),
        written(users("HP1")),
    ]
    body = "\n".join(lines).encode()
    assert places(body) == [("line 1", "accepted"), ("line 3", "accepted"), ("line 4", "accepted")]


def test_a_broken_line_among_good_ones_is_one_refusal_with_its_number() -> None:
    body = "\n".join([written(item(1)), '{"subscription_id": 2, ', written(item(3))]).encode()
    assert places(body)[1] == ("line 2", "not recognised: not JSON")
    assert [what for _, what in places(body)].count("accepted") == 2


def test_pages_as_json_lines_tell_line_and_item() -> None:
    body = "\n".join(
        [written({"items": [item(1), item(2)]}), written({"items": [item(3)]})]
    ).encode()
    assert [where for where, _ in places(body)] == [
        "line 1, item 1",
        "line 1, item 2",
        "line 2, item 1",
    ]


def test_a_page_cut_short_is_refused_whole() -> None:
    page = "[\n" + ",\n".join(written(item(k)) for k in (1, 2, 3)) + "\n]"
    (only,) = told(page[:-1].encode())
    assert (only.position, only.refusal_reason, only.is_unreadable) == (
        "file",
        "not recognised: not JSON",
        True,
    )
    assert only.excerpt.startswith("sha256 ") and only.excerpt.endswith(" bytes")


WHOLE_FILES = {
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
    "an abyss": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested too deeply"),
    "another table": (b"name;age;town;code\nx;1;y;2\n", "not recognised: not JSON"),
}


@pytest.mark.parametrize(("body", "reason"), WHOLE_FILES.values(), ids=WHOLE_FILES)
def test_a_file_that_cannot_be_read_is_one_refusal(body: bytes, reason: str) -> None:
    (only,) = told(body)
    assert (only.position, only.refusal_reason, only.is_unreadable) == ("file", reason, True)


def test_an_item_nested_too_deeply_does_not_take_the_others_along() -> None:
    abyss = '{"a":' * 5_000 + "1" + "}" * 5_000
    page = f'{{"page_info": {{"next": "]}}\\""}}, "items": [{written(item(1))}, {abyss}, {written(item(2))}]}}'
    assert [what for _, what in places(page.encode())] == [
        "accepted",
        "nested too deeply",
        "accepted",
    ]


def test_a_number_of_5000_digits_does_not_take_the_others_along() -> None:
    bad = [
        ("recurrency.number", "expected an integer"),
        ("purchase.price.value", "amount too large"),
        ("last_update", "expected milliseconds since 1970"),
        ("subscription_id", "expected a text"),
    ]
    for path, reason in bad:
        page = {"items": [item(1), changed(item(2), {path: "LONG"}), item(3)]}
        body = written(page).replace('"LONG"', "-" * (path == "last_update") + "9" * 5000).encode()
        assert [what for _, what in places(body)] == ["accepted", f"{path}: {reason}", "accepted"]


def test_more_than_64_levels_are_too_many() -> None:
    for levels, expected in ((63, "accepted"), (64, "nested more than 64 levels deep")):
        deep = written(item(1, extra="DEEP")).replace('"DEEP"', "[" * levels + "]" * levels)
        assert places(deep.encode())[0][1] == expected


def test_a_byte_order_mark_is_no_obstacle() -> None:
    assert places(b"\xef\xbb\xbf" + written(item(1)).encode())[0][1] == "accepted"


def test_a_large_document_is_read_item_by_item_with_the_same_outcome(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    document = {
        "page_info": {"items": 3},
        "items": [item(1), {"odd": 1}, item(2, subscriber__name='"]}, {')],
        "more": [],
    }
    whole = told(written(document).encode())
    monkeypatch.setattr(files, "STREAMING_THRESHOLD", 10)
    assert told(written(document).encode()) == whole
    assert told(written(document["items"]).encode()) == whole
    for broken in (
        written(document)[:-2],
        written(document) + "]",
        written(document["items"])[:-1] + ",]",
        "[1 2]",
    ):
        (only,) = told(broken.encode())
        assert only.is_unreadable
    assert told(written(item(1)).encode()) == [outcome(item(1))]


# --- exports ---------------------------------------------------------------


def test_an_export_is_read_line_by_line() -> None:
    body = export(
        line(1), line(2, billing="Recorrência"), line(3, "Estranho"), line(4, amount="abc"), line(6)
    )
    assert places(body) == [
        ("line 2", "accepted"),
        ("line 3", "billing type Recorrência"),
        ("line 4", "accepted"),
        ("line 5", "valor de compra sem impostos: not a number"),
        ("line 6", "quantidade de cobrancas: outside 1 to 5"),
    ]


def test_an_export_tells_of_plan_and_attempt() -> None:
    (only,) = told(export(line(2)))
    assert only.statements is not None
    (attempt,), (plan,) = only.statements.attempts, only.statements.plans
    kept = {
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
    assert {name: attempt[name] for name in kept} == kept
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
def test_an_exports_status_has_one_meaning_in_either_gender(word: str, status: str) -> None:
    (only,) = told(export(line(1, word)))
    assert only.statements is not None and only.statements.attempts[0]["status"] == status


NUMBERS = [
    ("1.234,56", 123456),
    ("1,234.56", 123456),
    ("1234,5", 123450),
    ("1234.5", 123450),
    ("1.234", 123400),
    ("40", 4000),
]


@pytest.mark.parametrize(("text", "minor"), NUMBERS)
def test_an_exports_number_has_a_decimal_comma_or_point_cell_by_cell(text: str, minor: int) -> None:
    (only,) = told(export(line(1, amount=text)))
    assert only.statements is not None and only.statements.attempts[0]["amount_minor"] == minor


def test_a_line_that_is_no_csv_does_not_take_the_others_along() -> None:
    long = line(2).replace("Rita Exemplo", "x" * 200_000)
    assert places(export(line(1), long, line(3))) == [
        ("line 2", "accepted"),
        ("line 3", "not a line of CSV"),
        ("line 4", "accepted"),
    ]


def test_a_cell_of_two_lines_is_one_row() -> None:
    two = line(2).replace("Rita Exemplo", '"Rita\nExemplo"')
    assert places(export(line(1), two, line(3, amount="-1")))[2] == (
        "line 5",
        "valor de compra sem impostos: negative amount",
    )


OPEN, CLOSED = ("Rita Exemplo", '"Rita Exemplo'), ("Rita Exemplo", 'Rita Exemplo"')
QUOTES: dict[str, list[tuple[int, tuple[str, str]]]] = {
    "one": [(2, OPEN)],
    "one in the last line": [(5, OPEN)],
    "two that open": [(2, OPEN), (4, OPEN)],
    "one that opens and one that closes": [(2, OPEN), (4, CLOSED)],
    "one that opens and a sound cell": [(1, OPEN), (4, ("Rita Exemplo", '"Rita Exemplo"'))],
    "in every line": [(k, OPEN) for k in range(1, 6)],
    "three signs in every line": [(k, ("Rita Exemplo", '"""')) for k in range(1, 6)],
    "in the first cell": [(2, ("HP", '"HP'))],
    "in the last cell": [(3, ("Rua Secreta;", 'Rua Secreta;"'))],
    "a name in quotes": [(3, ("Rita Exemplo", '"Rita" Exemplo'))],
}


@pytest.mark.parametrize("quotes", QUOTES.values(), ids=QUOTES)
def test_a_quote_that_nobody_closes_swallows_no_line(
    quotes: list[tuple[int, tuple[str, str]]],
) -> None:
    lines = {k: line(k) for k in range(1, 6)}
    for k, (old, new) in quotes:
        lines[k] = lines[k].replace(old, new)
    assert places(export(*lines.values())) == [(f"line {k}", "accepted") for k in range(2, 7)]


def test_a_quote_that_nobody_closes_leaves_the_lines_that_are_ignored_and_refused() -> None:
    odd = line(1, billing="Recorrência").replace(*OPEN)
    assert places(export(odd, line(2, amount="abc"), line(3))) == [
        ("line 2", "billing type Recorrência"),
        ("line 3", "valor de compra sem impostos: not a number"),
        ("line 4", "accepted"),
    ]


def test_a_quote_that_nobody_closes_in_a_long_file_costs_its_own_line_only() -> None:
    rows = [
        line(k % 5 + 1).replace(*OPEN) if k in (0, 700) else line(k % 5 + 1) for k in range(2_000)
    ]
    assert [what for _, what in places(export(*rows))] == ["accepted"] * 2_000


def test_a_refused_row_of_two_lines_is_one_read_a_line() -> None:
    two = line(2, amount="abc").replace("Rita Exemplo", '"Rita\nExemplo"')
    assert places(export(line(1), two, line(3))) == [
        ("line 2", "accepted"),
        ("line 3", "expected 21 columns, found 16"),
        ("line 4", "Tipo de cobrança: missing"),
        ("line 5", "accepted"),
    ]


def test_a_cell_of_two_lines_at_either_end_is_one_row() -> None:
    last = line(2).replace("CODE20000001", '"CODE\n20000001"')
    first = line(3).replace("HP2000000103", '"HP\n2000000103"')
    assert places(export(last, first)) == [("line 3", "accepted"), ("line 5", "accepted")]


def test_a_date_that_no_calendar_has_is_refused() -> None:
    (only,) = told(export(line(1, ordered="31/02/2026 09:00:00")))
    assert only.refusal_reason == "data da transacao: impossible date"


def test_columns_are_found_in_any_order_and_spelling() -> None:
    head, row = export(line(1)).decode("utf-8-sig").splitlines()
    turned = "\n".join(";".join(reversed(cells.split(";"))) for cells in (head.upper(), row))
    assert places(turned.encode()) == [("line 2", "accepted")]


# --- folders ---------------------------------------------------------------


def test_a_folder_is_read_in_order_with_names_relative_to_it(tmp_path: Path) -> None:
    for name in ("b/two.json", "a.json", "b/.hidden.json", "c.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(written(item(1)))
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


@pytest.mark.parametrize(("reason", "make"), UNREADABLE.items())
def test_a_path_that_is_no_readable_file_is_one_refusal(
    tmp_path: Path, reason: str, make: Callable[[Path], None]
) -> None:
    make(tmp_path / "file")
    ((name, only),) = read_paths([tmp_path / "file"], "acme", 1)
    assert (name, only.refusal_reason, only.is_unreadable) == ("file", reason, True)


def test_a_path_that_does_not_exist_is_an_error_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(written(item(1)))
    with pytest.raises(InputError, match=r"missing\.json: no such file or folder"):
        list(read_paths([tmp_path / "a.json", tmp_path / "missing.json"], "acme", 1))
