"use strict";
// The headline of the plans that pass the filters; without filters, the report's own one is shown.

const HEADLINE_SUMS = Object.keys(frames.headline ?? {}).filter((name) => !["p", "currency"].includes(name));
const HEADLINE = { name: "headline", grain: "headline", by: ["currency"], sums: HEADLINE_SUMS };
const HEADLINE_NETS = { name: "headline_nets", grain: "headline_nets", by: ["commission_currency"], sums: ["net_minor", "estimated_minor"] };
const MAX_CARDS = 3;

const changeText = (change, currency) => (change ? (change > 0 ? "+" : page.words.minus) + formats.money(Math.abs(change), currency) : "");

/** The currencies of the plans that match and were bought before the period: only they are compared with it. */
function comparedCurrencies({ plans }, matches) {
  return new Set(plans.currency.filter((_, i) => matches[i] && plans.purchase_date[i] <= page.headline.compared_day));
}

/** The items of one currency: name, label, amount, and its change with what it is compared with. */
function headlineItems(row, currency, isCompared) {
  return page.headline.items
    .filter(({ name }) => HEADLINE_SUMS.includes(name + "_minor"))
    .map(({ name, label, note, below, has_change, is_unknown, grows_well }) => {
      if (is_unknown) return { name, label, text: NO_VALUE, below, change: "", tone: "", note: "", minor: null };
      const amount = row[name + "_minor"];
      const difference = has_change && isCompared ? amount - row[name + "_before_minor"] : 0;
      const tone = !difference || grows_well === null ? "" : difference > 0 === grows_well ? "better" : "worse";
      const change = changeText(difference, currency) + (tone && ` · ${text[tone]}`);
      return { name, label, text: formats.money(amount, currency), below, change, tone, note: change && note, minor: amount };
    });
}

function headlineCard(currency, items) {
  const views = items.map(({ name, label, text: amount, below, change, tone, note, minor }) =>
    createElement("div", { class: "item " + name + (minor === 0 ? " zero" : "") }, createElement("dt", { class: "dt" }, label), createElement("dd", { class: "dd" }, createElement("span", { class: "value", "data-headline": name, "data-currency": currency, "data-minor": minor }, amount), ...(below ? [" ", createElement("span", { class: "below" }, below)] : []), " ", createElement("span", { class: ("change " + tone).trim() }, change), " ", createElement("span", { class: "note" }, note))),
  );
  const name = page.words.currencyNames[currency] ?? "";
  return createElement("section", { class: "key", "aria-label": name }, createElement("p", { class: "currency" }, createElement("strong", {}, currency), " ", createElement("span", {}, name)), createElement("dl", { class: "items" }, ...views));
}

function headlineTable(currencies) {
  const heads = [text.currency, ...(currencies[0]?.[1] ?? []).map((item) => item.label)];
  const rows = currencies.map(([currency, items]) =>
    createElement("tr", {}, createElement("td", { "data-label": text.currency, class: "k-text" }, createElement("bdi", {}, currency)), ...items.map(({ name, label, text: amount, change, tone, minor }) => createElement("td", { class: "k-money number", "data-label": label }, createElement("span", { "data-headline": name, "data-currency": currency, "data-minor": minor }, amount), ...(change ? [createElement("span", { class: ("second-line change " + tone).trim() }, change)] : [])))),
  );
  const head = createElement("tr", {}, ...heads.map((label, place) => createElement("th", { scope: "col", class: place ? "number" : null }, label)));
  const table = createElement("table", { role: "table" }, createElement("thead", {}, head), createElement("tbody", {}, ...rows));
  return createElement("div", { class: "table headline" }, createElement("div", { class: "scroll", role: "group", tabindex: "0", "aria-label": text.keyFigures }, table));
}

/** What came in, after where the data end if that `isFirst`; that nothing did is not said if they end early. */
function headlineSentence(rows, order, isFirst) {
  const received = amountsText(new Map(order.map((currency) => [currency, rows.get(currency)?.received_minor])));
  const parts = received ? formats.fill(text.received, { amounts: received }) : page.headline.end_of_data ? "" : text.nothingReceived;
  return [isFirst && page.headline.end_of_data, parts && formats.fill(text.filteredHeadline, { parts })].filter(Boolean).join(" ");
}

/** Amounts by currency as a list; empty if all are zero. */
const amountsText = (sums) => formats.list([...sums].filter(([, minor]) => minor).sort(([a], [b]) => compareCurrencies(a, b)).map(([currency, minor]) => formats.money(minor, currency)));

// --- news -------------------------------------------------------------------------------------------------------------

/** By the same rules as smartinst/report/news/events.py. */
const LOSSES = ["lost", "behind", "charged_twice", "disputed"];
const MAX_EVENTS = 3;

/** Currency → the mean total of its plans that match: divided by it, amounts of several currencies compare. */
function meanPlans({ plans }, matches) {
  const sums = new Map();
  matches.forEach((isMatch, i) => {
    const [total, count] = sums.get(plans.currency[i]) ?? [0, 0];
    if (isMatch) sums.set(plans.currency[i], [total + plans.total_minor[i], count + 1]);
  });
  return new Map([...sums].map(([currency, [total, count]]) => [currency, total / count]));
}

/** What happened to the plans that match, by kind: number of plans, amounts by currency, and their weight. */
function newsEvents(matches) {
  const { headline } = frames;
  const means = meanPlans(frames, matches);
  const add = (sums, currency, minor) => minor && sums.set(currency, (sums.get(currency) ?? 0) + minor);
  return Object.keys(text.news).map((kind) => {
    const event = { kind, plans: 0, minor: new Map(), ended: new Map(), weight: 0, isBad: LOSSES.includes(kind) };
    headline[`news_${kind}_minor`].forEach((minor, i) => {
      if (!minor || !matches[headline.p[i]]) return;
      const currency = headline.currency[i];
      event.plans += 1;
      event.weight += minor / means.get(currency);
      add(event.minor, currency, minor);
      if (kind === "lost") add(event.ended, currency, headline.news_ended_minor[i]);
    });
    return event;
  });
}

/** The events that move most money: bad ones first; sales only if nothing else happened. */
function topEvents(events) {
  const happened = events.filter((event) => event.plans);
  const heaviest = happened.filter(({ kind }) => kind !== "sold").sort((a, b) => b.weight - a.weight).slice(0, MAX_EVENTS);
  return heaviest.length ? heaviest.sort((a, b) => b.isBad - a.isBad || b.weight - a.weight) : happened;
}

/** The sentences of the news with their tones; that nothing happened is not said if the data end early.
 *  That only the last day is missing is said after the news, as in smartinst/report/news/sentences.py. */
function newsSentences(matches) {
  const items = topEvents(newsEvents(matches)).map(({ kind, plans, minor, ended, isBad }) => {
    const fell = amountsText(ended);
    const sentence = formats.count(text.news[kind], plans, { amounts: amountsText(minor) });
    return [isBad ? "worse" : "better", fell ? `${sentence} ${formats.fill(text.overdueFell, { amounts: fell })}` : sentence];
  });
  if (page.headline.end_of_data) return [...items.slice(0, MAX_EVENTS - 1), ...(items.length && page.headline.end_of_data_is_last ? [["neutral", page.headline.end_of_data]] : [])];
  return items.length ? items : [["neutral", page.headline.quiet]];
}

/** Below the key figures: dates, what is overdue but unconfirmed, and the currencies that they leave out. */
function headlineNotes(rows, counts) {
  const unconfirmed = amountsText(new Map([...rows.values()].map((row) => [row.currency, row.unconfirmed_minor])));
  const small = counts.filter(({ isSmall }) => isSmall).map(({ code }) => code);
  return [page.headline.note, unconfirmed && formats.fill(text.unconfirmed, { amounts: unconfirmed }), small.length && formats.fill(text.otherCurrencies, { currencies: formats.list(small) })].filter(Boolean).join(" ");
}

function drawHeadline(rowsOf, counts, matches, isFiltered) {
  if (!$("headline") || !page.headline || !frames.headline) return;
  $("headline").hidden = isFiltered;
  $("filtered-headline").hidden = !isFiltered;
  if (!isFiltered) return;
  const rows = new Map(rowsOf(HEADLINE).map((row) => [row.currency, row]));
  const order = counts.map(({ code }) => code);
  const zeros = Object.fromEntries(HEADLINE_SUMS.map((name) => [name, 0]));
  const compared = comparedCurrencies(frames, matches);
  const currencies = counts.filter(({ isSmall }) => !isSmall).map(({ code }) => [code, headlineItems(rows.get(code) ?? zeros, code, compared.has(code))]);
  const figures = currencies.length > MAX_CARDS ? [headlineTable(currencies)] : currencies.map(([currency, items]) => headlineCard(currency, items));
  const nets = rowsOf(HEADLINE_NETS).map((row) => createElement("span", { class: "value", "data-headline": "net", "data-currency": row.commission_currency, "data-minor": row.net_minor }, formats.money(row.net_minor, row.commission_currency)));
  const sentences = counts.length ? newsSentences(matches) : [];
  const news = sentences.map(([tone, sentence]) => createElement("li", { class: tone }, sentence));
  const lead = headlineSentence(rows, order, !sentences.some(([, sentence]) => sentence === page.headline.end_of_data));
  const note = headlineNotes(rows, counts);
  $("filtered-headline").replaceChildren(
    ...(lead ? [createElement("p", { class: "lead" }, lead)] : []),
    ...(news.length ? [createElement("ul", { class: "news" }, ...news)] : []),
    ...figures,
    ...(nets.length ? [createElement("p", { class: "net" }, createElement("span", { class: "label" }, text.net), ...nets)] : []),
    ...(note && counts.length ? [createElement("p", { class: "remark" }, note)] : []),
  );
}
