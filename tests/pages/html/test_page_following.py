"""The headline, contacts, alerts and currencies of the page follow its filters, as Polars does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from smartinst.analytics.metrics import plan_details
from smartinst.i18n.locales import Locale
from smartinst.pages.html.script_data import GRAINS
from smartinst.pages.layout.table_view import view_table
from smartinst.pages.reading.report import read_report
from smartinst.report.book import Book, open_book
from smartinst.report.charts.captions import OTHER_CURRENCIES
from smartinst.report.dataset import decoded_frame
from smartinst.report.mime_bundles import KPI, TABLE, DisplayBundle
from smartinst.report.news.sentences import UNCONFIRMED
from smartinst.report.table import Table
from smartinst.settings import Settings, load_settings
from tests.pages.html.test_page_filters import as_controls, filter_sets
from tests.support.chromium import open_page, set_filters
from tests.support.executed import edition_at, write_executed
from tests.support.workspace import AS_OF

SELLER = "nube"
UNCHANGING = {"product", "buyer", "email", "currency", "country", "from", "to", "installments"}
"""Filters that keep the same plans at every date, if the dates are those of the purchase."""

HEADLINE = """() => Object.fromEntries(
  [...document.querySelectorAll('#filtered-headline [data-headline]')]
    .map(e => [e.dataset.headline + ' ' + e.dataset.currency, Number(e.dataset.minor)]))"""
CHANGES = """() => Object.fromEntries(
  [...document.querySelectorAll('#filtered-headline .item, #filtered-headline td')]
    .filter(e => e.querySelector('[data-headline]'))
    .map(e => [
      e.querySelector('[data-headline]').dataset.headline + ' '
        + e.querySelector('[data-headline]').dataset.currency,
      (e.querySelector('.change, .second-line')?.textContent ?? '').trim()]))"""
NEWS = """() => ({
  sentences: [...document.querySelectorAll('#filtered-headline .news li')]
    .map(e => [e.className, e.textContent.replace(/\\s+/g, ' ')]),
  note: (document.querySelector('#filtered-headline .remark')?.textContent ?? '')
    .replace(/\\s+/g, ' '),
  tones: [...document.querySelectorAll('#filtered-headline .change')]
    .filter(e => e.textContent).map(e => e.classList[e.classList.length - 1]),
  order: [...new Set([...document.querySelectorAll('#filtered-headline [data-currency]')]
    .filter(e => e.dataset.headline !== 'net').map(e => e.dataset.currency))],
})"""
ROWS = """name => [...document.querySelectorAll(`[data-rows="table-${name}"] tbody tr`)]
  .map(row => [...row.cells].map(cell => cell.textContent.replace(/\\s+/g, '')))"""


@pytest.fixture(scope="module")
def settings(workspace: Path) -> Settings:
    return load_settings(workspace, {})


@pytest.fixture(scope="module")
def page_path(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a seller with 60 plans in several currencies."""
    from smartinst.pages.html.page import render_page

    folder = tmp_path_factory.mktemp("following")
    notebook = write_executed(folder / "seller.ipynb", open_book(SELLER, AS_OF, settings=settings))
    path = notebook.with_suffix(".html")
    path.write_text(render_page(edition_at(notebook)), encoding="utf-8")
    return path


def test_the_page_reads_every_value_of_the_dataset(chromium: Browser, page_path: Path) -> None:
    dataset = read_report(page_path.with_suffix(".ipynb")).dataset
    assert dataset is not None
    page, faults = open_page(chromium, page_path)
    frames = page.evaluate("frames")
    for grain in GRAINS:
        values = decoded_frame(dataset[grain]).to_dict(as_series=False)
        assert len(values) > 0
        assert frames[grain] == values, grain
    packed = page.evaluate("page.data.charges")
    assert "runs" in packed["p"]
    assert "runs" in packed["state"]
    assert faults == []


@dataclass(frozen=True)
class FilteredPage:
    """What the page shows with filters, and the book of the same filters."""

    where: dict[str, Any]
    book: Book
    headline: dict[str, int]
    is_unfiltered_headline_visible: bool
    changes: dict[str, str]
    rows: dict[str, list[list[str]] | None]
    news: dict[str, Any]

    @property
    def compares_same_plans(self) -> bool:
        """Whether the same plans pass the filters at the earlier date."""
        date_field = self.where.get("date_field", "purchase")
        return self.where.keys() <= UNCHANGING and date_field == "purchase"


@pytest.fixture(scope="module")
def filtered_pages(
    chromium: Browser, page_path: Path, settings: Settings
) -> tuple[list[FilteredPage], list[str]]:
    """The page with each set of filters that some plans pass, and its faults."""
    page, faults = open_page(chromium, page_path)
    assert page.locator("#headline").is_visible()
    all_plans = plan_details(open_book(SELLER, AS_OF, settings=settings).rows, lambda _: None)
    pages = []
    for where in filter_sets(all_plans):
        book = open_book(SELLER, AS_OF, where, settings=settings)
        if where and book.rows["plans"].height:
            page.click("#clear")
            set_filters(page, as_controls(where))
            pages.append(_filtered_page(page, where, book))
    return pages, faults


def _filtered_page(page: Page, where: dict[str, Any], book: Book) -> FilteredPage:
    rows = {
        name: page.evaluate(ROWS, name)
        if page.locator(f"[data-rows=table-{name}]").count()
        else None
        for name in ("contacts", "alerts")
    }
    is_visible = page.locator("#headline").is_visible()
    headline, changes = page.evaluate(HEADLINE), page.evaluate(CHANGES)
    news = page.evaluate(NEWS)
    return FilteredPage(where, book, headline, is_visible, changes, rows, news)


def key_figures_of(book: Book) -> dict[str, Any]:
    return dict(book.headline().bundle[KPI])


def rows_of(output: DisplayBundle, book: Book) -> list[list[str]]:
    """The texts of a table without spaces; no rows if the book has a sentence instead."""
    if TABLE not in output.bundle:
        return []
    view = view_table(Table.from_json(output.bundle[TABLE]), book.locale)
    return [["".join((cell.text + cell.second_line).split()) for cell in row] for row in view.rows]


def test_the_headline_has_the_amounts_of_a_run_with_the_same_filters(
    filtered_pages: tuple[list[FilteredPage], list[str]],
) -> None:
    pages, faults = filtered_pages
    compared = 0
    for filtered in pages:
        content = key_figures_of(filtered.book)
        amounts = {
            f"{item['name']} {card['currency']}": item["minor"]
            for card in content["currencies"]
            for item in card["items"]
            if item.get("minor") is not None
        } | {f"net {net['currency']}": net["minor"] for net in content["net"] if net["minor"]}
        shared = {name: n for name, n in filtered.headline.items() if name in amounts}
        assert shared == amounts, filtered.where
        others = {name for name, minor in filtered.headline.items() if minor}
        assert others <= amounts.keys(), filtered.where
        assert not filtered.is_unfiltered_headline_visible
        compared += len(amounts)
    assert compared > 100
    assert faults == []


def test_the_headline_compares_the_same_plans_with_the_earlier_date(
    filtered_pages: tuple[list[FilteredPage], list[str]],
) -> None:
    changes = 0
    for filtered in filtered_pages[0]:
        where, book = filtered.where, filtered.book
        if not filtered.compares_same_plans:
            continue
        for card in key_figures_of(book)["currencies"]:
            for item in card["items"]:
                change = item.get("change_minor") or 0
                amount = book.locale.money(abs(change), card["currency"])
                word = f" · {book.locale.gettext(item['tone'])}" if item["tone"] else ""
                text = f"{'+' if change > 0 else '−'}{amount}{word}" if change else ""
                name = f"{item['name']} {card['currency']}"
                assert filtered.changes[name] == text, (where, item)
                changes += bool(change)
    assert changes > 5


def plain_text(text: str) -> str:
    return " ".join(text.split())


def test_the_news_are_those_of_a_run_with_the_same_filters(
    filtered_pages: tuple[list[FilteredPage], list[str]],
) -> None:
    kinds = set()
    for result in filtered_pages[0]:
        if result.compares_same_plans:
            news = key_figures_of(result.book)["news"]
            run_news = [[item["tone"], plain_text(item["text"])] for item in news]
            assert result.news["sentences"] == run_news, result.where
            kinds |= {item["kind"] for item in news}
    assert len(kinds) > 2


def test_a_change_of_filtered_plans_is_better_or_worse(
    filtered_pages: tuple[list[FilteredPage], list[str]],
) -> None:
    tones = []
    for result in filtered_pages[0]:
        if result.compares_same_plans:
            cards = key_figures_of(result.book)["currencies"]
            items = [item for card in cards for item in card["items"] if item.get("change_minor")]
            assert sorted(result.news["tones"]) == sorted(item["tone"] for item in items)
            tones += result.news["tones"]
    assert {"better", "worse"} <= set(tones)


def test_the_note_is_that_of_a_run_with_the_same_filters(
    filtered_pages: tuple[list[FilteredPage], list[str]],
) -> None:
    for result in filtered_pages[0]:
        note = plain_text(key_figures_of(result.book)["note"])
        assert result.news["note"] == note, result.where


def test_the_note_has_what_is_unconfirmed_and_the_currencies_left_out(
    chromium: Browser, page_path: Path
) -> None:
    page, _ = open_page(chromium, page_path)
    note = page.evaluate("""() => headlineNotes(
      new Map([['USD', {currency: 'USD', unconfirmed_minor: 8898}],
               ['EUR', {currency: 'EUR', unconfirmed_minor: 0}]]),
      [{code: 'USD', isSmall: false}, {code: 'GBP', isSmall: true}])""")
    locale = Locale("es")
    assert plain_text(note).endswith(
        plain_text(
            locale.gettext(UNCONFIRMED, amounts=locale.money(8898, "USD"))
            + " "
            + locale.gettext(OTHER_CURRENCIES, currencies="GBP")
        )
    )


def test_currencies_keep_the_order_of_the_report(
    chromium: Browser, page_path: Path, filtered_pages: tuple[list[FilteredPage], list[str]]
) -> None:
    page, _ = open_page(chromium, page_path)
    order = list(read_report(page_path.with_suffix(".ipynb")).dataset["currencies"])  # type: ignore[index]
    options = page.locator("[data-filter=currency] option").evaluate_all(
        "options => options.map(e => e.value).filter(Boolean)"
    )
    assert options == [code for code in order if code in options]
    assert options != sorted(options)
    for result in filtered_pages[0]:
        codes = result.news["order"]
        assert codes == [code for code in order if code in codes], result.where


def test_contacts_and_alerts_are_those_of_a_run_with_the_same_filters(
    chromium: Browser, page_path: Path, filtered_pages: tuple[list[FilteredPage], list[str]]
) -> None:
    page, _ = open_page(chromium, page_path)
    empty = page.evaluate("text.nothing.replace(/\\s+/g, '')")
    rows = 0
    for filtered in filtered_pages[0]:
        book = filtered.book
        for name, output in (("contacts", book.contacts()), ("alerts", book.alerts())):
            expected_rows, displayed_rows = rows_of(output, book), filtered.rows[name]
            if displayed_rows is None:
                assert expected_rows == [], (name, filtered.where)
                continue
            assert displayed_rows == (expected_rows or [[empty]]), (name, filtered.where)
            rows += len(expected_rows)
    assert rows > 10


def test_only_currencies_that_pass_have_panels(chromium: Browser, page_path: Path) -> None:
    page, faults = open_page(chromium, page_path)
    panels = """() => [...document.querySelectorAll('[data-chart=chart-revenue] text')]
      .map(e => e.textContent).filter(text => /^[A-Z]{3}$/.test(text)).sort()"""
    unfiltered_panels = page.evaluate(panels)
    assert len(unfiltered_panels) > 2
    height = page.locator("[data-chart=chart-revenue] svg").bounding_box()
    set_filters(page, {"currency": "EUR"})
    assert page.evaluate(panels) == ["EUR"]
    narrowed = page.locator("[data-chart=chart-revenue] svg").bounding_box()
    assert height and narrowed and narrowed["height"] < height["height"]
    for drawing in page.locator("[data-chart]:visible").all():
        width, space = drawing.evaluate(
            "e => [e.querySelector('svg').getBoundingClientRect().width, e.clientWidth]"
        )
        assert space * 0.95 < width <= space + 1, drawing.get_attribute("data-chart")
    page.click("#clear")
    set_filters(page, {})
    assert page.evaluate(panels) == unfiltered_panels
    assert faults == []


def test_a_panel_without_amounts_is_not_drawn(chromium: Browser, page_path: Path) -> None:
    page, faults = open_page(chromium, page_path)
    set_filters(page, {"currency": "EUR"})
    panels = page.evaluate("""() => charts.filter(chart => chart.panelColumn && !chart.host.hidden)
      .map(chart => ({
        titles: [...chart.host.querySelectorAll('text')].map(e => e.textContent)
          .filter(text => /^[A-Z]{3}$/.test(text)).sort(),
        codes: chart.panels.split(',').sort(),
      }))""")
    assert len(panels) > 2
    for panel in panels:
        assert set(panel["titles"]) <= set(panel["codes"])
    assert faults == []


def test_the_caption_of_a_filtered_chart_is_a_sentence(chromium: Browser, page_path: Path) -> None:
    page, _ = open_page(chromium, page_path)
    set_filters(page, {"status": ["In progress with issues"]})
    count = len(page.evaluate("list.plans"))
    label = page.evaluate("page.words.statuses['In progress with issues']")
    caption = page.locator("#chart-status-by-installments .sentence").inner_text()
    assert caption == f"{count} planes: {label} ({count})."
