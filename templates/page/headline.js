"use strict";
// The headline of the plans that pass the filters; without filters, the report's own one is shown.

const HEADLINE_SUMS = Object.keys(frames.headline ?? {}).filter((name) => !["p", "currency"].includes(name));
const HEADLINE = { name: "headline", grain: "headline", by: ["currency"], sums: HEADLINE_SUMS };
const HEADLINE_NETS = { name: "headline_nets", grain: "headline_nets", by: ["commission_currency"], sums: ["net_minor", "estimated_minor"] };
const MAX_CARDS = 3;

const changeText = (change, currency) => (change ? (change > 0 ? "+" : page.words.minus) + formats.money(Math.abs(change), currency) : "");

/** The items of one currency: name, label, amount, and its change with what it is compared with. */
function headlineItems(row, currency) {
  return page.headline.items
    .filter(({ name }) => HEADLINE_SUMS.includes(name + "_minor"))
    .map(({ name, label, note, has_change, is_unknown }) => {
      if (is_unknown) return { name, label, text: NO_VALUE, change: "", note: "", minor: null };
      const amount = row[name + "_minor"];
      const change = has_change ? changeText(amount - row[name + "_before_minor"], currency) : "";
      return { name, label, text: formats.money(amount, currency), change, note: change && note, minor: amount };
    });
}

function headlineCard(currency, items) {
  const views = items.map(({ name, label, text: amount, change, note, minor }) =>
    createElement("div", { class: "item " + name + (minor === 0 ? " zero" : "") }, createElement("dt", { class: "dt" }, label), createElement("dd", { class: "dd" }, createElement("span", { class: "value", "data-headline": name, "data-currency": currency, "data-minor": minor }, amount), " ", createElement("span", { class: "change" }, change), " ", createElement("span", { class: "note" }, note))),
  );
  const name = page.words.currencyNames[currency] ?? "";
  return createElement("section", { class: "key", "aria-label": name }, createElement("p", { class: "currency" }, createElement("strong", {}, currency), " ", createElement("span", {}, name)), createElement("dl", { class: "items" }, ...views));
}

function headlineTable(currencies) {
  const heads = [text.currency, ...(currencies[0]?.[1] ?? []).map((item) => item.label)];
  const rows = currencies.map(([currency, items]) =>
    createElement("tr", {}, createElement("td", { "data-label": text.currency, class: "k-text" }, createElement("bdi", {}, currency)), ...items.map(({ name, label, text: amount, change, minor }) => createElement("td", { class: "k-money number", "data-label": label }, createElement("span", { "data-headline": name, "data-currency": currency, "data-minor": minor }, amount), ...(change ? [createElement("span", { class: "second-line" }, change)] : [])))),
  );
  const head = createElement("tr", {}, ...heads.map((label, place) => createElement("th", { scope: "col", class: place ? "number" : null }, label)));
  const table = createElement("table", { role: "table" }, createElement("thead", {}, head), createElement("tbody", {}, ...rows));
  return createElement("div", { class: "table headline" }, createElement("div", { class: "scroll", role: "group", tabindex: "0", "aria-label": text.keyFigures }, table));
}

/** What came in and which plans changed; what did not happen is not said if the data end early. */
function headlineSentence(rows, order) {
  const received = order.map((currency) => [currency, rows.get(currency)?.received_minor]).filter(([, minor]) => minor);
  const countOrNone = (plans, forms, none) => (plans ? formats.count(forms, plans) : page.headline.end_of_data ? "" : none);
  const sum = (name) => [...rows.values()].reduce((total, row) => total + row[name], 0);
  const parts = [
    received.length ? formats.fill(text.received, { amounts: received.map(([currency, minor]) => formats.money(minor, currency)).join(", ") }) : page.headline.end_of_data ? "" : text.nothingReceived,
    countOrNone(sum("fell_behind"), text.fellBehind, text.noneFellBehind),
    countOrNone(sum("recovered"), text.recovered, text.noneRecovered),
  ];
  const changes = parts.filter(Boolean).join("; ");
  return [page.headline.end_of_data, changes && formats.fill(text.filteredHeadline, { parts: changes })].filter(Boolean).join(" ");
}

function drawHeadline(rowsOf, counts, isFiltered) {
  if (!$("headline") || !page.headline || !frames.headline) return;
  $("headline").hidden = isFiltered;
  $("filtered-headline").hidden = !isFiltered;
  if (!isFiltered) return;
  const rows = new Map(rowsOf(HEADLINE).map((row) => [row.currency, row]));
  const order = counts.map(({ code }) => code);
  const zeros = Object.fromEntries(HEADLINE_SUMS.map((name) => [name, 0]));
  const currencies = counts.filter(({ isSmall }) => !isSmall).map(({ code }) => [code, headlineItems(rows.get(code) ?? zeros, code)]);
  const figures = currencies.length > MAX_CARDS ? [headlineTable(currencies)] : currencies.map(([currency, items]) => headlineCard(currency, items));
  const nets = rowsOf(HEADLINE_NETS).map((row) => createElement("span", { class: "value", "data-headline": "net", "data-currency": row.commission_currency, "data-minor": row.net_minor }, formats.money(row.net_minor, row.commission_currency)));
  $("filtered-headline").replaceChildren(
    createElement("p", { class: "lead" }, headlineSentence(rows, order)),
    ...figures,
    ...(nets.length ? [createElement("p", { class: "net" }, createElement("span", { class: "label" }, text.net), ...nets)] : []),
    ...(page.headline.note ? [createElement("p", { class: "remark" }, page.headline.note)] : []),
  );
}
