"""The detailed sales export ("Modelo Detalhado", CSV): one row is one attempt, dates in America/Sao_Paulo.

Columns are found by their folded names, in any order (docs/hotmart.md §4.2). The plan is known by its subscriber code only.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from smartinst.facts import SLIP_PAYMENT_TYPES
from smartinst.hotmart.parsing import fields as f
from smartinst.hotmart.parsing import vocabulary
from smartinst.hotmart.parsing.contacts import country, phone
from smartinst.hotmart.parsing.outcome import InvalidItemError, ItemOutcome, Row, Statements
from smartinst.hotmart.parsing.redaction import excerpt
from smartinst.money import exponent

ZONE: Final = ZoneInfo("America/Sao_Paulo")
EMPTY: Final = ("", "(none)", "-")

_COLUMNS: Final = {
    "transaction": ("codigo da transacao",),
    "status": ("status da transacao",),
    "ordered": ("data da transacao", "data transacao"),
    "approved": ("confirmacao do pagamento",),
    "product_id": ("codigo do produto",),
    "product": ("produto",),
    "offer": ("codigo do preco",),
    "currency": ("moeda de compra",),
    "amount": ("valor de compra sem impostos",),
    "net_currency": ("moeda de recebimento",),
    "net": ("faturamento liquido do(a) produtor(a)", "faturamento liquido"),
    "payment": ("metodo de pagamento",),
    "billing": ("tipo de cobranca",),
    "installments": ("quantidade total de parcelas",),
    "number": ("quantidade de cobrancas",),
    "expires": ("data de vencimento (vouchers)",),
    "buyer": ("comprador(a)",),
    "email": ("email do(a) comprador(a)",),
    "country": ("pais",),
    "phone": ("telefone",),
    "code": ("codigo do assinante",),
    "refusal": ("motivo de recusa de cartao",),
}
"""Our name of a column → the folded names that the export gives it, best first."""

_NEEDED: Final = (
    "transaction",
    "status",
    "ordered",
    "currency",
    "amount",
    "billing",
    "installments",
    "number",
    "code",
)
_SAFE: Final = (
    "transaction",
    "status",
    "ordered",
    "approved",
    "currency",
    "amount",
    "billing",
    "installments",
    "number",
)
_OF_PLAN: Final = (
    "seller_id source observed_at subscriber_code billing_type product_id product offer_code buyer email phone country "
    "installments"
).split()
_DATE: Final = re.compile(
    r"(\d{1,2})/(\d{1,2})/(\d{4})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?", re.ASCII
)


def is_export(first_line: str) -> bool:
    """Whether a file's first line is a header of an export, of this model or another."""
    names = {vocabulary.fold(name) for name in _cells(first_line)}
    return len(names) > 3 and bool(
        names & {"codigo da transacao", "transacao", "nome do produto", "tipo de cobranca"}
    )


def read_export(lines: Iterable[str], first_line: str, seller_id: str) -> Iterator[ItemOutcome]:
    """The outcome of every row of an export, its header line given apart; `line 2` is the first row."""
    header = [vocabulary.fold(name) for name in _cells(first_line)]
    places = {
        name: at
        for name, spellings in _COLUMNS.items()
        if (at := _place(header, spellings)) is not None
    }
    if lacking := [_COLUMNS[name][0] for name in _NEEDED if name not in places]:
        named = ", ".join(lacking[:3]) + (
            f" and {len(lacking) - 3} more" if len(lacking) > 3 else ""
        )
        reason = f"export without the columns {named}: send the detailed model"
        yield ItemOutcome("file", refusal_reason=reason, is_unreadable=True)
        return
    yield from _rows(_Lines(lines), _delimiter(first_line), places, len(header), seller_id)


class _Lines:
    """Lines of a file that can be given back; `taken` holds those of the record that is being read."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._back: list[str] = []
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        self.taken.append(self._back.pop() if self._back else next(self._lines))
        return self.taken[-1]

    def give_back(self) -> str:
        """All that were taken but the first, which is returned."""
        first, *others = self.taken
        self._back += reversed(others)
        return first


def _rows(
    lines: _Lines, delimiter: str, places: dict[str, int], width: int, seller_id: str
) -> Iterator[ItemOutcome]:
    """Each record, under the number of its last line.

    A quote that nobody closes takes the following rows into its cell. So a record of several lines counts as one only
    where it is sound; else its first line is read by itself, and reading goes on behind that line.
    """
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    at = 1
    while True:
        lines.taken.clear()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            cells = None
        here = at + len(lines.taken)
        told = None
        if cells is not None and not _swallows(cells, lines.taken, delimiter, width):
            told = _told(cells, places, width, seller_id, f"line {here}")
        if cells is None or told is None or (told.refusal_reason is not None and here > at + 1):
            here = at + 1
            cells = _literal(lines.give_back(), delimiter)
            told = _told_alone(cells, places, width, seller_id, f"line {here}")
        at = here
        if cells is None or any(cell.strip() for cell in cells):
            yield told


def _swallows(cells: list[str], taken: list[str], delimiter: str, width: int) -> bool:
    """Whether a record of several lines holds whole rows in a cell: two of its lines have all columns by themselves."""
    if len(taken) < 2:
        return False
    return len(cells) != width or sum(line.count(delimiter) + 1 >= width for line in taken) > 1


def _literal(line: str, delimiter: str) -> list[str] | None:
    """The cells of one line by itself, quotes being quotes only where they pair; null where it is no CSV."""
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
        try:
            return next(csv.reader([line], delimiter=delimiter, strict=True, quoting=quoting), [])
        except csv.Error:
            continue
    return None


def _told_alone(
    cells: list[str] | None, places: dict[str, int], width: int, seller_id: str, position: str
) -> ItemOutcome:
    if cells is None:
        return ItemOutcome(position, refusal_reason="not a line of CSV")
    if len(cells) != width:  # a part of a row must not pass for one
        shown = {name: _value(cells, places[name]) for name in _SAFE if name in places}
        return ItemOutcome(
            position,
            refusal_reason=f"expected {width} columns, found {len(cells)}",
            excerpt=excerpt(shown),
        )
    return _told(cells, places, width, seller_id, position)


def _told(
    cells: list[str], places: dict[str, int], width: int, seller_id: str, position: str
) -> ItemOutcome:
    values = {name: _value(cells, at) for name, at in places.items()}
    try:
        if len(cells) > width:
            raise InvalidItemError(f"expected {width} columns, found {len(cells)}")
        billing = values["billing"]
        if billing is None:
            raise InvalidItemError("Tipo de cobrança: missing")
        if vocabulary.fold(billing) not in vocabulary.EXPORT_BILLING_TYPES:
            return ItemOutcome(position, ignore_reason=f"billing type {billing[:60]}")
        return ItemOutcome(position, statements=_statements(values, seller_id))
    except InvalidItemError as refusal:
        return ItemOutcome(
            position,
            refusal_reason=str(refusal),
            excerpt=excerpt({name: values.get(name) for name in _SAFE}),
        )


def _statements(values: dict[str, str | None], seller_id: str) -> Statements:
    attempt = _attempt(_checked(values), seller_id)
    code = attempt["subscriber_code"]
    plan: Row = {"plan_key": f"code:{code}", **{name: attempt[name] for name in _OF_PLAN}}
    return Statements(plans=(plan,) if code else (), attempts=(attempt,))


def _checked(values: dict[str, str | None]) -> dict[str, str | None]:
    return {
        name: f.clean(value, _COLUMNS[name][0]) if value else None for name, value in values.items()
    }


def _attempt(values: dict[str, str | None], seller_id: str) -> Row:
    status = vocabulary.export_status(f.required(values["status"], "status da transacao"))
    ordered = _instant(f.required(values["ordered"], "data da transacao"), "data da transacao")
    confirmed = values.get("approved")
    approved = _instant(confirmed, "confirmacao do pagamento") if confirmed else None
    home = country(None, values.get("country"))
    return {
        "seller_id": seller_id,
        "transaction": f.required(values["transaction"], "codigo da transacao"),
        "source": "export",
        "state": vocabulary.state(status),
        "observed_at": max(ordered, approved or ordered),
        "subscriber_code": values["code"],
        "billing_type": vocabulary.EXPORT_BILLING_TYPES[vocabulary.fold(values["billing"] or "")],
        "status": status,
        "ordered_at": ordered,
        "approved_at": approved,
        "refusal": values.get("refusal"),
        "offer_code": values.get("offer"),
        "product_id": values.get("product_id"),
        "product": values.get("product"),
        "buyer": values.get("buyer"),
        "email": values.get("email"),
        "phone": phone(None, values.get("phone"), home),
        "country": home,
        **_charge(values),
        **_payment(values),
        **_money(values),
    }


def _charge(values: dict[str, str | None]) -> Row:
    installments = _count(values["installments"], "quantidade total de parcelas", f.MAX_CHARGES)
    number = _count(values["number"], "quantidade de cobrancas", installments or f.MAX_CHARGES)
    return {"installments": installments, "number": f.required(number, "quantidade de cobrancas")}


def _count(value: str | None, name: str, high: int) -> int | None:
    return f.whole({name: value}, name, "", 1, high)


def _payment(values: dict[str, str | None]) -> Row:
    said = values.get("payment")
    kind = (
        vocabulary.EXPORT_PAYMENT_TYPES.get(vocabulary.fold(said), said.upper()) if said else None
    )
    expires = values.get("expires") if kind in SLIP_PAYMENT_TYPES else None
    return {
        "payment_type": kind,
        "expires_at": _instant(expires, "data de vencimento") if expires else None,
    }


def _money(values: dict[str, str | None]) -> Row:
    unit = f.required(
        f.currency({"moeda de compra": values["currency"]}, "moeda de compra"), "moeda de compra"
    )
    net_unit = f.currency(
        {"moeda de recebimento": values.get("net_currency")}, "moeda de recebimento"
    )
    value = f.required(values["amount"], "valor de compra sem impostos")
    net = values.get("net") if net_unit else None
    return {
        "currency": unit,
        "amount_minor": f.minor(plain(value, unit), unit, "valor de compra sem impostos"),
        "commission_currency": net_unit or "",
        "paid_minor": f.minor(plain(net, net_unit or ""), net_unit or "", "faturamento liquido")
        if net
        else None,
    }


def plain(value: str, unit: str) -> str:
    """A number as JSON writes it, from a decimal comma or a decimal point; each cell tells by itself.

    With both signs the last one is decimal. One sign alone, three digits behind it, in a currency of fewer
    decimals, groups thousands.
    """
    bare = value.replace("\u00a0", "").replace(" ", "")
    last = max(bare.rfind(","), bare.rfind("."))
    if last < 0:
        return bare
    sign, behind = bare[last], len(bare) - last - 1
    other = "." if sign == "," else ","
    groups = bare.count(sign) > 1 or (other not in bare and behind == 3 and exponent(unit) < 3)
    if groups:
        return bare.replace(sign, "").replace(other, ".")
    return bare.replace(other, "").replace(sign, ".")


def _instant(value: str, name: str) -> datetime:
    found = _DATE.fullmatch(value)
    if not found:
        raise InvalidItemError(f"{name}: expected DD/MM/YYYY HH:MM:SS")
    day, month, year, hour, minute, second = (int(part or 0) for part in found.groups())
    try:
        local = datetime(year, month, day, hour, minute, second, tzinfo=ZONE)
    except ValueError:
        raise InvalidItemError(f"{name}: impossible date") from None
    return f.in_this_century(local.astimezone(UTC), name)


def _place(header: list[str], spellings: tuple[str, ...]) -> int | None:
    return next((header.index(name) for name in spellings if name in header), None)


def _value(cells: list[str], at: int) -> str | None:
    value = cells[at].strip() if at < len(cells) else ""
    return None if value in EMPTY else value


def _delimiter(first_line: str) -> str:
    return max(";,\t", key=first_line.count)


def _cells(first_line: str) -> list[str]:
    try:
        return next(csv.reader([first_line], delimiter=_delimiter(first_line)), [])
    except csv.Error:
        return []
