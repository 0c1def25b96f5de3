"""Sales exports: headers, values and containers, as platform and spreadsheets write them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from smartinst.hotmart.exports.columns import COLUMNS, REQUIRED_COLUMNS, label, normalize_header
from smartinst.hotmart.parsing.files import parse_body
from smartinst.hotmart.values.outcome import ItemOutcome

CELLS = {
    "transaction": "HP9000000001",
    "status": "Aprovado",
    "ordered": "10/06/2026 10:00:00",
    "approved": "10/06/2026 10:01:00",
    "currency": "EUR",
    "amount": "50,00",
    "total": "61,50",
    "net_currency": "EUR",
    "own_net": "20,00",
    "producer_net": "42,50",
    "sold_as": "Produtor(a)",
    "payment": "Cartão de Crédito",
    "billing": "Parcelamento Inteligente",
    "installments": "3",
    "number": "1",
    "buyer": "Inês Teste",
    "country": "Portugal",
    "phone": "351912345678",
    "code": "SUB00001",
}
"""Key of a column → its cell in a usual row."""


def table(
    *rows: dict[str, str], language: int = 0, delimiter: str = ";", line_end: str = "\n"
) -> str:
    """An export with the first name of each column in a language; rows change the usual cells."""
    header = [COLUMNS[column][language].split(";")[0] for column in CELLS]
    lines = [header, *([*{**CELLS, **row}.values()] for row in rows)]
    return "".join(delimiter.join(cells) + line_end for cells in lines)


def parse(text: str | bytes) -> list[ItemOutcome]:
    body = text if isinstance(text, bytes) else text.encode("utf-8-sig")
    return list(parse_body(body, "acme"))


def attempts(text: str | bytes) -> list[dict[str, Any]]:
    """The attempts of a file in which nothing is refused."""
    outcomes = parse(text)
    assert all(outcome.statements for outcome in outcomes), outcomes
    return [outcome.statements.attempts[0] for outcome in outcomes if outcome.statements]


def attempt(**cells: str) -> dict[str, Any]:
    (row,) = attempts(table(cells))
    return row


def refusal(text: str | bytes) -> str:
    (outcome,) = parse(text)
    return outcome.refusal_reason or ""


USUAL = attempt()

# --- headers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", range(3), ids=["Portuguese", "Spanish", "English"])
def test_an_export_says_the_same_in_three_languages(language: int) -> None:
    assert attempts(table({}, language=language)) == [USUAL]


def test_a_half_translated_header_is_read() -> None:
    portuguese, _ = table({}).splitlines()
    spanish, row = table({}, language=1).splitlines()
    mixed = ";".join(
        names[index % 2]
        for index, names in enumerate(zip(portuguese.split(";"), spanish.split(";"), strict=True))
    )
    assert attempts(f"{mixed}\n{row}\n") == [USUAL]


SPELLINGS = [
    ("Data transação", "Data da transação"),
    ("E-mail do comprador", "Email do(a) Comprador(a)"),
    ("FATURAMENTO LÍQUIDO DO PRODUTOR", "Faturamento líquido do(a) Produtor(a)"),
    ("Estado/Província", "Estado / Província"),
    (" codigo  da transacao ", "Código da transação"),
    ("Subscriber’s code", "Subscriber code"),
    ("Producer’s net revenue", "Producer net revenue"),
    ("data_da_transacao", "Data da transação"),
]


@pytest.mark.parametrize(("variant", "name"), SPELLINGS)
def test_spellings_of_one_header_are_the_same_column(variant: str, name: str) -> None:
    assert normalize_header(variant) == normalize_header(name)


def test_no_two_columns_have_the_same_name() -> None:
    names = [
        (normalize_header(name), column)
        for column, languages in COLUMNS.items()
        for name in "; ".join(languages).split(";")
    ]
    assert len(dict(names)) == len(set(names))


@pytest.mark.parametrize("column", REQUIRED_COLUMNS)
def test_a_missing_column_is_named_with_the_headers_that_are_unknown(column: str) -> None:
    name = label(column)
    text = table({}).replace(f"{name};", "Coluna nova;").replace(f";{name}\n", ";Coluna nova\n")
    assert refusal(text) == (
        f"export without the columns {name}: choose the detailed model; "
        "headers not recognised: Coluna nova"
    )


def test_an_export_whose_typical_headers_have_new_names_is_still_recognised() -> None:
    text = table({}, language=2).replace("Transaction code", "Key").replace("Billing type", "Mode")
    assert refusal(text) == (
        "export without the columns Código da transação, Tipo de cobrança: choose the detailed "
        "model; headers not recognised: Key, Mode"
    )


def test_known_columns_that_no_figure_needs_are_not_called_unknown() -> None:
    text = table({}).replace("Código do assinante", "Impostos locais")
    assert (
        refusal(text) == "export without the columns Código do assinante: choose the detailed model"
    )


# --- values ---------------------------------------------------------------------------------------


def test_a_confirmed_payment_with_an_unknown_status_is_paid() -> None:
    row = attempt(status="Maravilhosa")
    assert (row["status"], row["state"], row["unknown_status"]) == (
        "approved",
        "paid",
        "MARAVILHOSA",
    )
    assert attempt(status="(none)")["status"] == "approved"
    assert refusal(table({"status": "", "approved": ""})) == "Status da transação: missing"
    row = attempt(status="Maravilhosa", approved="(none)")
    assert (row["status"], row["unknown_status"]) == ("MARAVILHOSA", None)


AMOUNTS = [
    ("R$ 1.234,56", "BRL", 123456),
    ("R$1234.56", "BRL", 123456),
    ("BRL 1.234,56", "BRL", 123456),
    ("€ 50,00", "EUR", 5000),
    ("50,00 €", "EUR", 5000),
    ("50,00\u00a0€", "EUR", 5000),
    ("1\u202f234,50", "EUR", 123450),
    ("1'234.50", "CHF", 123450),
    ("1’234,50", "CHF", 123450),
    ("US$ 50.00", "USD", 5000),
    ("$ 1,234.5", "USD", 123450),
    ("COP$ 120.000", "COP", 12000000),
    ("S/.50.00", "PEN", 5000),
    ("Bs. 50,00", "BOB", 5000),
    ("1.234.567,89", "EUR", 123456789),
    ("0,500", "EUR", 50),
    ("1,500", "KWD", 1500),
    ("5625", "CLP", 5625),
    ("1.5E+2", "EUR", 15000),
]


@pytest.mark.parametrize(("text", "currency", "minor"), AMOUNTS)
def test_an_amount_may_have_a_currency_symbol_and_either_decimal_separator(
    text: str, currency: str, minor: int
) -> None:
    row = attempt(amount=f'"{text}"', currency=currency, total="")
    assert (row["amount_minor"], row["is_rounded"]) == (minor, None)


def test_an_amount_with_too_many_decimals_is_rounded_and_marked() -> None:
    row = attempt(amount="5625,21", currency="CLP")
    assert (row["amount_minor"], row["is_rounded"]) == (5625, True)


BAD_AMOUNTS = {
    "-50,00": "negative amount",
    "-R$ 50,00": "an amount in another currency",
    "(50,00)": "negative amount",
    "50,00-": "negative amount",
    "US$ 50.00": "an amount in another currency",
    "USD 50": "an amount in another currency",
    "50 %": "not a number",
    "fifty": "not a number",
    "(none)": "missing",
}


@pytest.mark.parametrize(("text", "problem"), BAD_AMOUNTS.items())
def test_an_amount_that_is_negative_or_in_another_currency_is_refused(
    text: str, problem: str
) -> None:
    assert refusal(table({"amount": text})) == f"Valor de compra sem impostos: {problem}"


def test_a_net_that_cannot_be_used_is_unknown_and_refuses_no_payment() -> None:
    row = attempt(producer_net="-3,20", total="?", sold_as="-")
    assert (row["amount_minor"], row["paid_minor"], row["total_minor"]) == (5000, None, None)
    row = attempt(net_currency="euros")
    assert (row["amount_minor"], row["paid_minor"], row["commission_currency"]) == (5000, None, "")


NETS = [
    ("Produtor(a)", 4250),
    ("Produto principal", 4250),
    ("(none)", 4250),
    ("Coprodutor(a)", 2000),
    ("Co-produtora", 2000),
    ("Coproductor", 2000),
    ("Co-producer", 2000),
    ("Afiliado(a)", 2000),
    ("Affiliate", 2000),
]


@pytest.mark.parametrize(("sold_as", "net"), NETS)
def test_the_net_of_a_co_producer_or_affiliate_is_their_own(sold_as: str, net: int) -> None:
    assert attempt(sold_as=sold_as)["paid_minor"] == net


def test_without_an_own_net_a_co_producer_has_none() -> None:
    assert attempt(sold_as="Coprodutor(a)", own_net="(none)")["paid_minor"] is None


MORNING = datetime(2026, 6, 10, 13, tzinfo=UTC)  # 10:00 in São Paulo
MIDNIGHT = datetime(2026, 6, 10, 3, tzinfo=UTC)
DATES = [
    ("10/06/2026 10:00:00", MORNING),
    ("10/06/2026 10:00", MORNING),
    ("10/6/2026, 10:00", MORNING),
    ("10-06-2026 10:00:00", MORNING),
    ("10/06/2026", MIDNIGHT),
    ("2026-06-10", MIDNIGHT),
    ("2026-06-10 10:00:00", MORNING),
    ("2026-06-10T10:00:00", MORNING),
    ("2026-06-10T13:00:00Z", MORNING),
    ("2026-06-10T15:00:00.000+02:00", MORNING),
    ("46183,4166666667", MORNING),
    ("46183", MIDNIGHT),
]


@pytest.mark.parametrize(("text", "instant"), DATES)
def test_a_date_may_be_local_iso_or_the_number_of_a_spreadsheet(
    text: str, instant: datetime
) -> None:
    assert attempt(ordered=text)["ordered_at"] == instant


@pytest.mark.parametrize("text", ["31/02/2026", "2026-13-01", "10/06/1926", "99999"])
def test_an_impossible_date_is_refused(text: str) -> None:
    assert refusal(table({"ordered": text})) == "Data da transação: impossible date"


@pytest.mark.parametrize("empty", ["", "-", "(none)", "N/A", "(ninguno)", "#N/A", " — "])
def test_an_empty_cell_has_no_value(empty: str) -> None:
    row = attempt(buyer=empty, approved=empty, phone=empty, producer_net=empty, sold_as=empty)
    assert (row["buyer"], row["approved_at"], row["phone"], row["paid_minor"]) == (
        None,
        None,
        None,
        2000,
    )


@pytest.mark.parametrize("text", ["3,51912E+11", "3.51912345678E+11", "3,5E11"])
def test_a_phone_that_a_spreadsheet_has_rounded_is_unknown(text: str) -> None:
    assert attempt(phone=text)["phone"] is None


@pytest.mark.parametrize("column", ["transaction", "code"])
def test_a_code_that_a_spreadsheet_has_rounded_is_refused(column: str) -> None:
    assert refusal(table({column: "1,23457E+15"})).startswith(
        f"{label(column)}: rounded by a spreadsheet"
    )


def test_a_code_that_is_protected_from_excel_is_read() -> None:
    assert attempt(code='"=""00012345"""')["subscriber_code"] == "00012345"
    assert attempt(phone="'351912345678")["phone"] == "+351912345678"


COUNTS = [("3", 3), ("3,0", 3), ("3.00", 3), ("(none)", None), ("12", 12)]


@pytest.mark.parametrize(("text", "count"), COUNTS)
def test_charge_number_and_n_may_be_missing_or_decimal(text: str, count: int | None) -> None:
    row = attempt(installments=text, number=text)
    assert (row["installments"], row["number"]) == (count, count)


def test_a_charge_number_above_n_is_kept() -> None:
    row = attempt(installments="3", number="5")
    assert (row["installments"], row["number"]) == (3, 5)


# --- containers -----------------------------------------------------------------------------------


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_an_export_is_read_in_any_container(encoding: str, delimiter: str, line_end: str) -> None:
    quoted_cells = {column: f'"{cell}"' for column, cell in CELLS.items()}
    text = table(quoted_cells, quoted_cells, delimiter=delimiter, line_end=line_end)
    assert attempts(text.encode(encoding)) == [USUAL, USUAL]


def test_utf_16_of_either_byte_order_is_read() -> None:
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        assert attempts(mark + table({}).encode(encoding)) == [USUAL]


TITLES = {
    "sep": "sep=;\n",
    "sep in quotes": '"sep=;"\n',
    "titles": "Relatório de vendas\nPeríodo: 01/06/2026; 30/06/2026\n\n",
    "sep and titles": "SEP=;\r\nVentas\n\n",
    "many titles": "Hotmart;vendas;2026;junho\n" * 20,
}


@pytest.mark.parametrize("titles", TITLES.values(), ids=TITLES)
def test_titles_above_the_header_are_skipped_and_lines_keep_their_numbers(titles: str) -> None:
    accepted, refused = parse(titles + table({}, {"amount": "abc"}))
    number = titles.count("\n") + 2
    assert accepted.statements is not None and accepted.position == f"line {number}"
    assert refused.position == f"line {number + 1}"


def test_a_declared_delimiter_counts_more_than_frequent_ones() -> None:
    text = "sep=,\n" + table({}, delimiter=",").replace("Inês Teste", '"a;b;c;d;e;f;g;h"')
    assert (
        attempts(
            text.replace("50,00", '"50,00"')
            .replace("61,50", '"61,50"')
            .replace("20,00", '"20,00"')
            .replace("42,50", '"42,50"')
        )[0]["buyer"]
        == "a;b;c;d;e;f;g;h"
    )


def test_broken_characters_in_utf_8_refuse_only_their_rows() -> None:
    rows = [{"buyer": f"Inês {number}"} for number in range(3)]
    body = table(*rows).encode().replace("ês 1".encode(), b"\xea1")
    assert [outcome.refusal_reason for outcome in parse(body)] == [
        None,
        "Comprador(a): broken Unicode",
        None,
    ]


@pytest.mark.parametrize(
    ("encoding", "reason"), [("cp1252", "not valid UTF-8"), ("utf-16", "contains NUL bytes")]
)
def test_json_is_utf_8_only(encoding: str, reason: str) -> None:
    assert refusal('{"name": "Inês"}'.encode(encoding)) == reason


# --- other files of the platform ------------------------------------------------------------------

OTHER_FILES = {
    "French": (
        "Code de la transaction;Statut de la transaction;Date de la transaction;Devise d'achat;"
        "Produit;Acheteur(se);Pays",
        "a sales export in French: set the account's language to Portuguese, Spanish or English "
        "and export again",
    ),
    "French, with names that are also Portuguese": (
        "Code de la transaction;Statut de la transaction;Data da transação;"
        "Confirmation du paiement;Devise d'achat;Valeur d'achat hors taxes;"
        "Produit;Acheteur;Email do(a) Comprador(a);Pays",
        "a sales export in French",
    ),
    "German": (
        "Transaktionscode;Transaktionsstatus;Transaktionsdatum;Kaufwährung;Produkt;Käufer(in);"
        "Zahlungsmethode;Land",
        "a sales export in German",
    ),
    "Italian": (
        "Codice della transazione;Stato della transazione;Valuta di acquisto;Prodotto;"
        "Acquirente;Metodo di pagamento",
        "a sales export in Italian",
    ),
    "subscriptions": (
        "Customer's name;Customer's phone #;Customer's area code;Commission currency;"
        "Total commission;Was there a trial period?;Are there past unpaid recurrences?",
        "a report of subscriptions",
    ),
    "subscriptions in Portuguese": (
        "Código do assinante;Status da assinatura;Data de adesão;Plano;Produto;Nome",
        "a report of subscriptions",
    ),
    "wallet": ("Data;Descrição;Valor;Saldo", "a statement of balances"),
    "wallet in English": ("Date;Description;Amount;Balance", "a statement of balances"),
    "Smart Installments Report": (
        "Buyer;Buyer's email;Product;Installment due date;Smart Installment number",
        "the Smart Installments Report",
    ),
    "HTML": ("<html><table><tr><td>Código da transação</td></tr></table>", "an HTML or XML file"),
}


@pytest.mark.parametrize(("header", "reason"), OTHER_FILES.values(), ids=OTHER_FILES)
def test_another_file_of_the_platform_says_what_it_is_and_what_to_do(
    header: str, reason: str
) -> None:
    text = f"Hotmart\n{header}\n{';'.join(['x'] * (header.count(';') + 1))}\n"
    text = header if header.startswith("<") else text
    assert refusal(text).startswith(reason)
    assert "export" in refusal(text).partition(":")[2]


def test_any_other_table_is_not_called_a_file_of_the_platform() -> None:
    for header in ("name;age;town;code", "transaction;amount;account;date", "id;product;buyer;x"):
        assert refusal(f"{header}\n1;2;3;4\n") == "not recognised: not JSON"
