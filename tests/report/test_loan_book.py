"""The loan book in a report: figures, charts, tables and words, of many plans, few and none."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

import openpyxl
import polars as pl
import pytest

from smartinst.analytics.book.horizon import Horizon
from smartinst.analytics.sales import Sales
from smartinst.facts import DataQuality, Facts
from smartinst.i18n.locales import Locale
from smartinst.pages.html.page import render_page
from smartinst.pages.layout.table_view import view_table
from smartinst.pages.pdf.render import print_sheet
from smartinst.pages.reading.report import read_report
from smartinst.pages.xlsx import write_workbook
from smartinst.report.charts.book_charts import chart_spec, is_unmodified
from smartinst.report.charts.mime_renderer import chart_bundle
from smartinst.report.loan_book import bound_figure
from smartinst.report.loan_book.book_tables import LoanBookTables, loan_book_tables
from smartinst.report.loan_book.bound_figure import BoundBookFigure
from smartinst.report.loan_book.chart_panels import ALL_CURRENCIES, MOST_PANELS
from smartinst.report.loan_book.charts import BOOK_CHARTS
from smartinst.report.loan_book.month_tables import MONTH_LINES, _totals
from smartinst.report.loan_book.plan_charts import OTHERS, _first_countries
from smartinst.report.loan_book.table_specs import TABLE_SPECS
from smartinst.report.loan_book.words import BOOK_FIGURES, BOOK_FIGURES_BY_NAME
from smartinst.report.mime_bundles import MEASURES, TABLE, DisplayBundle
from smartinst.report.period import report_period
from smartinst.report.sections.statement import Statement
from smartinst.report.table import Column, Table
from smartinst.settings import Seller
from smartinst.shipped import NOTEBOOKS
from tests.analytics.book.worked_examples import main_book
from tests.pages.test_compiler import notebook
from tests.support.builders import Plan, facts, monthly, paid
from tests.support.executed import edition_at, literal_book
from tests.support.simulated_sellers import Behavior, simulate

AS_OF = date(2026, 6, 30)
SELLER = Seller(id="acme", name="Acme", email="owner@acme.example")
LANGUAGES = ("en", "pt-BR", "es")


def tables_of(seller_facts: Facts, where: dict[str, Any] | None = None) -> LoanBookTables:
    quality = DataQuality(AS_OF, 0, 0, (), {}, {})
    return LoanBookTables(
        Sales(SELLER, seller_facts, quality, where or {}), AS_OF, date(2026, 5, 31)
    )


@cache
def many_plans() -> LoanBookTables:
    behavior = Behavior("two", 7, plans=260, currencies=(("EUR", 6_000), ("JPY", 9_000)))
    return tables_of(simulate(behavior))


@cache
def worked_examples() -> LoanBookTables:
    return tables_of(facts(main_book().values()))


def figure(name: str, tables: LoanBookTables, language: str = "en") -> BoundBookFigure:
    return BoundBookFigure(BOOK_FIGURES_BY_NAME[name], tables, Locale(language))


def rows_of(name: str, tables: LoanBookTables) -> list[list[Any]]:
    return figure(name, tables).table().bundle[TABLE]["rows"]  # type: ignore[no-any-return]


def texts(spec: Any) -> Iterator[str]:
    """All texts in a specification."""
    if isinstance(spec, str):
        yield spec
    elif isinstance(spec, dict | list):
        for part in spec.values() if isinstance(spec, dict) else spec:
            yield from texts(part)


@pytest.mark.parametrize("name", BOOK_CHARTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_chart_says_what_it_shows_and_what_it_covers(name: str, language: str) -> None:
    spec = figure(name, many_plans(), language).chart().to_dict()
    meta = spec["usermeta"]["smartinst"]
    assert meta["sentence"].endswith(".")
    assert meta["covers"] == "all"
    assert "figure" not in meta
    assert not [text for text in texts(spec) if "nan" in text.lower().split()]


@pytest.mark.parametrize("name", BOOK_CHARTS)
def test_a_chart_needs_no_check_and_no_copies(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    chart = figure(name, many_plans()).chart()
    assert is_unmodified(chart)
    assert chart_spec(chart) == chart.to_dict(validate=True)
    monkeypatch.setattr(bound_figure, "unchecked_building", nullcontext)
    assert figure(name, many_plans()).chart().to_dict() == chart_spec(chart)
    chart.data = pl.DataFrame({"own": [5]})
    assert "{'own': 5}" in str(chart_spec(chart))


@pytest.mark.parametrize("name", BOOK_CHARTS)
def test_a_chart_has_a_picture(name: str) -> None:
    bundle = chart_bundle(figure(name, many_plans()).chart())
    assert bundle["image/svg+xml"].count("<path") > 4


@pytest.mark.parametrize("name", sorted({*BOOK_CHARTS} - {*ALL_CURRENCIES} - {*MOST_PANELS}))
def test_currencies_are_in_panels_of_their_own(name: str) -> None:
    spec = figure(name, many_plans()).chart().to_dict()
    assert {text for text in texts(spec) if text in ("EUR", "JPY")} == {"EUR", "JPY"}
    assert spec["vconcat"]


@pytest.mark.parametrize("name", sorted(MOST_PANELS))
def test_a_chart_of_the_main_currency_names_the_others(name: str) -> None:
    spec = figure(name, many_plans()).chart().to_dict()
    main, other = many_plans().currencies
    sentence = spec["usermeta"]["smartinst"]["sentence"]
    assert sentence.startswith(f"{main}: ")
    assert f"Only the currencies with the most plans are drawn. Not drawn: {other}." in sentence


@pytest.mark.parametrize("name", sorted({*BOOK_CHARTS} - {*ALL_CURRENCIES}))
def test_few_plans_are_a_sentence_not_an_empty_chart(name: str) -> None:
    output = figure(name, worked_examples()).chart()
    assert isinstance(output, DisplayBundle)
    assert "plans" in output.bundle["text/markdown"]


@pytest.mark.parametrize("name", TABLE_SPECS)
@pytest.mark.parametrize("plans", [(), (Plan(1, monthly("Jan")),)], ids=["none", "one"])
def test_without_data_a_figure_is_a_table_or_a_sentence(name: str, plans: Iterable[Plan]) -> None:
    output = figure(name, tables_of(facts(plans))).table()
    assert output.bundle.keys() & {TABLE, "text/markdown"}


@pytest.mark.parametrize("name", sorted({*BOOK_FIGURES_BY_NAME} - {"collecting_cost"}))
def test_a_table_has_the_rows_of_the_main_currency_first(name: str) -> None:
    table = figure(name, many_plans()).table(top=4).bundle[TABLE]
    assert len(table["rows"]) == min(4, table["total_rows"])
    assert table["covers"] == "all"
    names = [column["name"] for column in table["columns"]]
    if "currency" in names:
        assert table["rows"][0][names.index("currency")] == many_plans().currencies[0]


def test_arrears_of_the_worked_examples() -> None:
    newest = rows_of("arrears", worked_examples())[0]
    assert newest[:5] == ["EUR", "2026-06-30", 6, 180_000, 60_000]
    assert newest[6] == 40_000
    assert newest[5] == pytest.approx(600 / 1800)
    assert newest[-1] == "*"


def test_the_arrears_of_the_date_are_the_portfolio_at_risk() -> None:
    frames = many_plans().frames
    now = frames["arrears"].filter(pl.col("day") == AS_OF).drop("day")
    assert now.select("currency", "outstanding_minor", "par_0", "par_30").equals(
        frames["par"].select("currency", "outstanding_minor", "par_0", "par_30")
    )


def test_the_bridge_is_one_column_per_currency_and_closes() -> None:
    table = figure("bridge", worked_examples()).table().bundle[TABLE]
    amounts = {row[0]: row[1] or 0 for row in table["rows"]}
    assert sum(minor for line, minor in amounts.items() if line != "closing_minor") == 50_000
    assert amounts["closing_minor"] == 50_000
    assert "From May 31, 2026 to Jun 30, 2026." in table["caption"]


def test_rows_of_the_matrix_of_roll_rates_sum_to_one() -> None:
    for row in rows_of("roll_rates", many_plans()):
        assert sum(rate or 0 for rate in row[3:]) == pytest.approx(1)


def test_filters_of_the_report_are_said_but_not_of_a_forecast() -> None:
    tables = tables_of(many_plans().sales.facts, {"currency": "EUR"})
    filtered = figure("arrears", tables).table().bundle[TABLE]
    assert filtered["covers"] == "report"
    assert {row[0] for row in filtered["rows"]} == {"EUR"}
    forecast = figure("expected_cash", tables).table().bundle[TABLE]
    assert forecast["covers"] == "all"
    assert {row[0] for row in forecast["rows"]} == {"EUR", "JPY"}


def test_without_enough_plans_the_forecast_says_when_there_will_be_one() -> None:
    plans = [Plan(3, monthly("May", "Jun"), plan_id=str(number)) for number in range(30)]
    text = figure("expected_cash", tables_of(facts(plans))).table().bundle["text/markdown"]
    assert "30 plans whose second installment fell due more than 30 days ago. The first " in text
    assert "can be made on Jul " in text


def test_with_too_few_second_installments_the_forecast_says_which_plans_it_needs() -> None:
    plans = [Plan(1, (paid(1, "15 Jun"),), plan_id=str(number)) for number in range(40)]
    tables = tables_of(facts(plans))
    text = figure("expected_cash", tables).reason().bundle["text/markdown"]
    assert text.endswith("and fewer than 30 plans have a second installment.")
    assert not text.startswith("*")
    assert not figure("expected_refunds", tables).has_rows
    calendar = figure("cash_calendar", tables).explanation().bundle["text/markdown"]
    assert "expected" not in calendar


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_figure_says_what_it_counts_and_what_to_do(language: str) -> None:
    for declared in BOOK_FIGURES:
        text = figure(declared.name, many_plans(), language).explanation().bundle
        assert text["text/markdown"].count(".") >= 2
        assert (declared.definition in text["text/markdown"]) == (language == "en")


def test_the_workbook_has_all_rows_of_the_tables(tmp_path: Path) -> None:
    arrears = figure("arrears", many_plans()).table(top=2)
    path = notebook(tmp_path, literal_book(main_book().values()).dataset().bundle, arrears.bundle)
    write_workbook(read_report(path), tmp_path / "book.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "book.xlsx")["Balance of plans in arrears"]
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    assert len(rows) == arrears.bundle[TABLE]["total_rows"] > 2
    assert 0 < rows[0][5] < 1


ALL_PLANS: Final = "All plans, not filtered."
PLANS_OF_REPORT: Final = "The plans of this report; the filters of the page change nothing."


@pytest.mark.parametrize("where", [{}, {"currency": "EUR"}], ids=["unfiltered", "filtered"])
def test_page_and_paper_say_at_most_once_which_plans_a_figure_covers(
    tmp_path: Path, where: dict[str, Any]
) -> None:
    tables = tables_of(many_plans().sales.facts, where)
    book = replace(literal_book(main_book().values()), where=where)
    outputs = [
        output
        for name in ("arrears", "expected_cash")
        for output in (
            chart_bundle(figure(name, tables).chart()),
            figure(name, tables).table().bundle,
        )
    ]
    path = notebook(tmp_path, book.cover().bundle, book.dataset().bundle, *outputs)
    page = render_page(edition_at(path)).split("</style>")[-1].split("<script")[0]
    notes = re.findall(r'<p class="unfiltered-note permanent">(.*?)</p>', page)
    of_arrears = PLANS_OF_REPORT if where else ALL_PLANS
    assert notes == [of_arrears, of_arrears, ALL_PLANS, ALL_PLANS]
    paper = print_sheet(edition_at(path)).html
    assert PLANS_OF_REPORT not in paper
    assert paper.count(ALL_PLANS) == (2 if where else 0)


@pytest.mark.parametrize(
    ("name", "day", "since"),
    [
        ("month", date(2026, 11, 30), date(2026, 10, 31)),
        ("month", date(2026, 12, 1), date(2026, 10, 31)),
        ("month", date(2026, 12, 28), date(2026, 11, 30)),
        ("week", date(2026, 12, 28), date(2026, 12, 20)),  # a Monday
        ("week", date(2026, 12, 29), date(2026, 12, 22)),
        ("day", date(2026, 12, 28), date(2026, 12, 27)),
    ],
)
def test_without_a_previous_report_the_bridge_covers_the_period(
    name: str, day: date, since: date
) -> None:
    sales = worked_examples().sales
    assert loan_book_tables(sales, day, report_period(name, day), {}).since == since


def test_the_bridge_begins_with_what_the_previous_report_printed() -> None:
    sales = worked_examples().sales
    previous = {"as_of": "2026-05-31", "overdue_minor": {"EUR": 70_000}}
    month = report_period("month", AS_OF)
    tables = loan_book_tables(sales, AS_OF, month, previous)
    amounts = dict(rows_of("bridge", tables))
    assert amounts["opening_minor"] == 70_000
    assert amounts["closing_minor"] == 50_000
    filtered = loan_book_tables(replace(sales, where={"currency": "EUR"}), AS_OF, month, previous)
    assert filtered.printed_minor is None


def statement_sources() -> list[str]:
    """The cells of the statement after the opening and the cover."""
    cells = json.loads((NOTEBOOKS / "monthly.ipynb").read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"][2:]


def test_the_statement_is_about_ten_cells_and_has_every_figure_of_the_loan_book() -> None:
    book = replace(literal_book(main_book().values()), loan_book=many_plans())
    sources = statement_sources()
    assert 10 <= len(sources) <= 12
    assert all(source.count("\n") == 0 for source in sources)
    names = {"book": book, "statement": Statement(book)}
    outputs = [
        output
        for source in sources[1:]
        for output in eval(source, dict(names)).outputs
        if isinstance(output, DisplayBundle)
    ]
    tables = {output.bundle[TABLE]["name"] for output in outputs if TABLE in output.bundle}
    assert {*BOOK_FIGURES_BY_NAME} - tables == {"collecting_cost"}  # simulated: no original prices


def test_few_plans_have_no_empty_table_and_no_heading_without_content() -> None:
    for tables in (worked_examples(), tables_of(facts((Plan(1, monthly("Jan")),)))):
        book = replace(literal_book(main_book().values()), loan_book=tables)
        statement = Statement(book)
        for name in ("month", "sales", "collection", "arrears", "delays", "offers", "receivables"):
            outputs = getattr(statement, name)().outputs
            assert len(outputs) != 1, name
            for output in outputs:
                if isinstance(output, DisplayBundle) and TABLE in output.bundle:
                    assert output.bundle[TABLE]["rows"], name
                    assert "– ·" not in output.bundle["text/plain"]


def test_a_table_whose_chart_is_printed_is_for_page_and_workbook_alone() -> None:
    book = replace(literal_book(main_book().values()), loan_book=many_plans())
    (*_, chart, _words, table) = Statement(book).arrears().outputs[:4]
    assert chart.to_dict()["usermeta"]["smartinst"]["title"] == "Balance of plans in arrears"
    assert table.bundle[TABLE]["paper"] is False


def test_a_book_without_its_sales_has_no_loan_book() -> None:
    with pytest.raises(AttributeError, match="has no figure 'arrears'"):
        _ = literal_book([]).arrears


def test_forecasts_that_are_over_are_kept_from_report_to_report(tmp_path: Path) -> None:
    first = many_plans()
    bundle = figure("forecast_score", first).table().bundle
    kept = json.loads(json.dumps(bundle[MEASURES]["forecast_outcomes"]))
    path = notebook(tmp_path, {MEASURES: {"plans": 3}}, bundle, {MEASURES: {"plans": 4}})
    measures = read_report(path).measures
    assert measures == {"plans": 3, "forecast_outcomes": kept}
    kept[0][4] += 1_000  # as another version of smartinst expected it
    again = loan_book_tables(
        first.sales,
        AS_OF,
        report_period("month", AS_OF),
        {"as_of": "2026-05-31", **measures, "forecast_outcomes": kept},
    )
    assert again.measured_outcomes == kept
    assert rows_of("forecast_score", again) != rows_of("forecast_score", first)


def test_a_month_without_data_has_neither_movements_nor_balances() -> None:
    zeros = dict.fromkeys(MONTH_LINES, 0)
    months = [
        {"currency": "EUR", "time": "now", **zeros, "confirmed_minor": 700},
        {"currency": "EUR", "time": "before", **zeros, "sold_minor": 900, "confirmed_minor": 400},
    ]
    rows = {row["line"]: row for row in _totals(pl.DataFrame(months), ["now"]).to_dicts()}
    assert {line: (row["now"], row["before"], row["change"]) for line, row in rows.items()} == {
        "sold_minor": (None, 900, None),
        "confirmed_minor": (None, 400, None),
    }


def july_statement(as_of: date, today: date | None) -> LoanBookTables:
    """The worked examples with data to 1 July."""
    examples = facts(main_book().values())
    sales = Sales(SELLER, examples, DataQuality(date(2026, 7, 1), 0, 0, (), {}, {}), {})
    return LoanBookTables(sales, as_of, date(2026, 5, 31), today=today)


def test_the_month_of_a_statement_is_over_on_its_last_day() -> None:
    day_after = date(2026, 7, 1)
    last_day = pl.lit(AS_OF)
    of_month = Horizon(AS_OF, day_after, day_after, today=day_after)
    assert pl.select(of_month.is_over(last_day)).item()
    assert not pl.select(replace(of_month, today=None).is_over(last_day)).item()


def test_the_rows_of_a_date_are_computed_once() -> None:
    sales = july_statement(AS_OF, None).sales
    snapshots = {day: sales.snapshot_as_of(day) for day in (AS_OF, date(2026, 5, 31))}
    assert all(sales.snapshot_as_of(day) is snapshot for day, snapshot in snapshots.items())
    assert sales.snapshot_as_of(date(2026, 4, 30)).as_of == date(2026, 4, 30)  # the third
    assert sales.snapshot_as_of(date(2026, 5, 31)) is snapshots[date(2026, 5, 31)]
    assert sales.snapshot_as_of(AS_OF).as_of == AS_OF


def test_month_bridge_and_arrears_of_a_statement_agree() -> None:
    tables = july_statement(AS_OF, date(2026, 7, 1))
    month = {line: minor for _, line, minor, *_ in rows_of("month_totals", tables)}
    bridge = dict(rows_of("bridge", tables))
    unconfirmed_minor = month.get("unconfirmed_minor", 0)
    assert month["confirmed_minor"] + unconfirmed_minor == bridge["closing_minor"]
    assert bridge.get("unconfirmed_closing_minor", 0) == unconfirmed_minor
    arrears = tables.frames["arrears"].filter(pl.col("day") == AS_OF)
    assert month["outstanding_minor"] == arrears["outstanding_minor"].item()


def test_days_without_data_have_no_bridge_and_no_sales() -> None:
    quality = DataQuality(date(2026, 5, 20), 0, 0, (), {}, {})
    sales = Sales(SELLER, facts(main_book().values()), quality, {})
    tables = LoanBookTables(sales, AS_OF, date(2026, 5, 31))
    assert not tables.frames["bridge"].height
    assert not tables.frames["sales_by_installments"].height
    assert "now" not in {column["name"] for column in columns_of("month_totals", tables)}


def columns_of(name: str, tables: LoanBookTables) -> list[dict[str, Any]]:
    return figure(name, tables).table().bundle[TABLE]["columns"]  # type: ignore[no-any-return]


def test_changes_of_a_month_have_their_sign_and_a_word_with_its_tone() -> None:
    growth = {"sold_minor": True, "lost_minor": False}
    table = Table(
        "month_totals",
        "",
        (
            Column("line", "Line"),
            Column("change", "Change", "money", currency="EUR", growth_is_better=growth),
        ),
        (("sold_minor", -500), ("lost_minor", 0), ("lost_minor", -20), ("outstanding_minor", 7)),
    )
    view = view_table(Table.from_json(table.to_json()), Locale("en"))
    assert [(row[1].text, row[1].tone) for row in view.rows] == [
        ("−€5.00 · worse", "worse"),
        ("€0.00", ""),
        ("−€0.20 · better", "better"),
        ("+€0.07", ""),
    ]


def test_countries_without_a_bar_are_counted_together() -> None:
    codes = ("PT", "AO", "US", "LU", "CH", "GB", None, "DE", "ES", "FR")
    counts = pl.DataFrame({"country": codes, "plans": [9, 5, 4, 3, 2, 2, 2, 1, 1, 1]})
    bars = _first_countries(counts)
    assert bars["plans"].sum() == counts["plans"].sum()
    assert bars.rows()[-1] == (OTHERS, 3)
    assert _first_countries(counts.head(8)).equals(counts.head(8))
