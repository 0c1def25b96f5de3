"use strict";
// The offline page: totals, tables and charts of the plans that pass the filters.

// --- totals -----------------------------------------------------------------------------------------------------------

const PARTS = ["collected", "overdue", "to_receive", "refunded", "released"];
const TOTALS = { name: "revenue", grain: "plans", by: ["currency"], sums: ["plans", ...PARTS.map((part) => part + "_minor")] };
const NET = { name: "net", grain: "nets", by: ["commission_currency"], sums: ["net_minor", "estimated_minor"] };

function partsBar(row) {
  const total = PARTS.reduce((sum, part) => sum + row[part + "_minor"], 0) || 1;
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [name, value] of [["class", "bar"], ["viewBox", "0 0 1000 10"], ["preserveAspectRatio", "none"], ["aria-hidden", "true"]]) svg.setAttribute(name, value);
  let x = 0;
  for (const part of PARTS) {
    const width = (1000 * row[part + "_minor"]) / total;
    const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    for (const [name, value] of [["x", x], ["y", 0], ["width", width], ["height", 10], ["class", "part-" + part]]) rect.setAttribute(name, value);
    svg.append(rect);
    x += width;
  }
  return svg;
}

function card(row) {
  const { currency } = row;
  const plans = createElement("span", { "data-total": "plans", "data-currency": currency, "data-count": row.plans }, formats.count(text.plans, row.plans));
  const lines = PARTS.map((part) => {
    const minor = row[part + "_minor"];
    const amount = createElement("span", { "data-total": part, "data-currency": currency, "data-minor": minor }, formats.money(minor, currency));
    return createElement("div", {}, createElement("dt", { class: "part-" + part }, text[part]), createElement("dd", {}, amount));
  });
  return createElement("section", { class: "money" }, createElement("h3", {}, createElement("span", {}, currency, " ", createElement("small", {}, page.words.currencyNames[currency] ?? "")), createElement("small", {}, plans)), partsBar(row), createElement("dl", {}, ...lines));
}

function drawTotals(rowsOf) {
  $("cards").replaceChildren(...rowsOf(TOTALS).map(card));
  const nets = new Map();
  for (const row of rowsOf(NET)) nets.set(row.commission_currency, (nets.get(row.commission_currency) ?? 0) + row.net_minor);
  const lines = [...nets].map(([currency, minor]) => createElement("dd", { "data-net": currency, "data-currency": currency, "data-minor": minor }, formats.money(minor, currency)));
  $("nets").replaceChildren(createElement("dt", {}, text.net), ...lines);
  $("nets").hidden = !lines.length;
}

// --- tables -----------------------------------------------------------------------------------------------------------

function fillTable(host, columns, rows, omitted) {
  const body = host.querySelector("tbody");
  body.replaceChildren(...rows);
  if (!rows.length) body.replaceChildren(createElement("tr", {}, createElement("td", { colspan: columns.length }, text.nothing)));
  const omissions = host.querySelector(".omissions");
  if (!omissions) return;
  omissions.hidden = !omitted;
  omissions.textContent = omitted;
}

function drawTable(table, rows, isFiltered) {
  const host = document.querySelector(`[data-table="${table.anchor}"]`);
  if (!host?.querySelector("tbody")) return;
  const focusedKey = host.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  const sorted = tableRows(table, rows);
  const part = sorted.slice(0, table.top ?? sorted.length);
  const omitted = sorted.length - part.length;
  fillTable(host, table.columns, part.map((row) => markRow(table, row, table.columns.map((column) => cell(column, row)))), omitted && formats.count(isFiltered ? text.more : text.moreOfAllPlans, omitted));
  if (focusedKey !== undefined) [...host.querySelectorAll(".row-mark")].find((button) => button.dataset.key === focusedKey)?.focus({ preventScroll: true });
}

/** The first rows of each group, in the order of the groups. */
function firstOfEach(rows, group, count) {
  const counts = new Map();
  return rows.filter((row) => {
    counts.set(row[group], (counts.get(row[group]) ?? 0) + 1);
    return counts.get(row[group]) <= count;
  });
}

/** A list of plans to act on: its rows of the plans that pass. */
function drawListedPlans(listed, matches) {
  const host = document.querySelector(`[data-rows="${listed.anchor}"]`);
  const table = frames[listed.grain];
  if (!host?.querySelector("tbody") || !table) return;
  const kinds = [...new Set(table[listed.group] ?? [])];
  const rows = [];
  for (let i = 0; i < table.p.length; i++) {
    if (!matches[table.p[i]]) continue;
    const own = Object.keys(table).filter((name) => name !== "p");
    rows.push({ ...planValues(table.p[i]), ...Object.fromEntries(own.map((name) => [name, table[name][i]])) });
  }
  if (listed.group) rows.sort((a, b) => kinds.indexOf(a[listed.group]) - kinds.indexOf(b[listed.group]) || compareCurrencies(a.currency, b.currency));
  const part = listed.group ? firstOfEach(rows, listed.group, listed.top) : rows.slice(0, listed.top);
  const omitted = rows.length - part.length;
  fillTable(host, listed.columns, part.map((row) => createElement("tr", {}, ...listed.columns.map((column) => cell(column, row)))), omitted && formats.count(listed.more, omitted));
}

// --- the whole page ---------------------------------------------------------------------------------------------------

let drawing = Promise.resolve();
let drawCount = 0;

/** One byte per plan: passes the filters, and the marks of every chart and table except one. */
function intersect(filtered, masks, except) {
  const others = [...masks].filter(([anchor]) => anchor !== except).map(([, mask]) => mask);
  return others.length ? filtered.map((isMatch, i) => (isMatch && others.every((mask) => mask[i]) ? 1 : 0)) : filtered;
}

/** A function that sums the rows of a figure once; a chart or table does not follow its own marks. */
function createFolder(active, filtered, masks, matches) {
  const results = new Map();
  return (figure, anchor = "") => {
    const except = masks.has(anchor) ? anchor : "";
    const isUnfiltered = !active.length && masks.size === (except ? 1 : 0);
    if (isUnfiltered && page.unfiltered?.[figure.name]) return page.unfiltered[figure.name];
    const key = [except, figure.name, figure.by, figure.sums].join();
    if (!results.has(key)) results.set(key, fold(figure, frames, except ? intersect(filtered, masks, except) : matches));
    return results.get(key);
  };
}

function drawChips(active) {
  const chip = (label, value, release) => {
    const button = createElement("button", { type: "button", class: "chip", "aria-label": formats.fill(text.release, { filter: `${label}: ${value}` }) }, label + ": ", createElement("bdi", {}, value));
    button.addEventListener("click", () => {
      release();
      $("match-count").focus();
    });
    return button;
  };
  const marks = [...selectedMarks].flatMap(([anchor, selected]) => [...selected.values()].map((values) => chip(markSources.get(anchor).title, describeMark(markSources.get(anchor), values), () => toggleMark(anchor, values))));
  const filters = active.map((entry) => chip(...describeFilter(entry), () => releaseFilter(entry[0])));
  $("active-filters").hidden = !filters.length && !marks.length;
  $("active-filters").replaceChildren(...filters, ...marks);
}

function drawCounts(count, filterCount) {
  $("filter-count").hidden = !filterCount;
  $("filter-count").textContent = filterCount;
  const all = page.unfiltered ? page.unfiltered.revenue.reduce((sum, row) => sum + row.plans, 0) : frames.plans.plan_id.length;
  const values = { of: formats.number(page.of ?? all), all: formats.number(all) };
  const isNewestOnly = page.of && !filterCount;
  $("match-count").textContent = isNewestOnly ? formats.fill(text.newestPlans, values) : formats.count(page.of ? text.matchesOfNewest : text.matches, count, values);
}

/** Rows of the list and charts that need not be on screen at once: later, and not if the page is drawn again before. */
async function drawRest(drawnCharts) {
  const number = drawCount;
  const isCurrent = () => number === drawCount;
  await nextFrame();
  if (!isCurrent()) return;
  completeList();
  await nextTask();
  await drawnCharts(isCurrent);
}

const nextFrame = () => (document.hidden ? nextTask() : new Promise(requestAnimationFrame).then(nextTask));

/** Draws the page for its filters and marks: figures and tables at once; charts later unless `isFirst`. */
function draw({ writesAddress = true, isFirst = false } = {}) {
  drawCount += 1;
  const active = activeFilters();
  const filtered = matchPlans(frames, active);
  const masks = new Map([...selectedMarks].map(([anchor, selected]) => [anchor, matchMarks(markSources.get(anchor), selected)]));
  const matches = intersect(filtered, masks);
  const markCount = [...selectedMarks.values()].reduce((sum, selected) => sum + selected.size, 0);
  const isFiltered = active.length + markCount > 0;
  const currencies = currencyCounts(frames, matches);
  const plans = [];
  matches.forEach((isMatch, i) => isMatch && plans.push(i));
  const rowsOf = createFolder(active, filtered, masks, matches);
  document.body.classList.toggle("filtered", isFiltered);
  drawCounts(plans.length, active.length + markCount);
  drawChips(active);
  drawHeadline(rowsOf, currencies, matches, isFiltered);
  drawTotals(rowsOf);
  drawList(plans, !isFirst);
  for (const listed of page.listed) drawListedPlans(listed, matches);
  for (const table of page.tables) drawTable(table, rowsOf(table.figure, table.anchor), isFiltered);
  const drawnCharts = (isCurrent) => drawCharts(rowsOf, plans.length, isFiltered, isCurrent);
  const number = drawCount;
  drawing = drawing.then(() => (isFirst ? drawnCharts() : number === drawCount && drawRest(drawnCharts)));
  if (writesAddress) writeHash();
}

let drawTimer = 0;
const scheduleDraw = () => {
  clearTimeout(drawTimer);
  drawTimer = setTimeout(draw, 60);
};

const drawNow = () => {
  clearTimeout(drawTimer);
  draw();
};

function addListeners() {
  addEventListener("beforeprint", completeList);
  const panel = $("filters");
  const narrow = matchMedia("(max-width: 900px)");
  const fitPanel = () => (panel.open = !narrow.matches);
  narrow.addEventListener("change", fitPanel);
  fitPanel();
  $("form").addEventListener("input", scheduleDraw);
  $("form").addEventListener("change", (event) => (event.target.matches("select, input[type=checkbox]") ? drawNow() : scheduleDraw()));
  $("form").addEventListener("focusout", () => (typedControl = null));
  $("form").addEventListener("submit", (event) => event.preventDefault());
  $("clear").addEventListener("click", () => {
    $("form").reset();
    selectedMarks.clear();
    draw();
  });
  $("print").addEventListener("click", () => window.print());
  $("save-csv")?.addEventListener("click", saveCsv);
  addEventListener("hashchange", () => (readHash() ? draw({ writesAddress: false }) : showPart(decodedHash())));
  $("plans")?.addEventListener("click", (event) => {
    const head = event.target.closest("th[data-column]");
    if (head) sortBy(head.dataset.column);
  });
  $("sort")?.addEventListener("change", (event) => sortBy(event.target.value));
  $("pages")?.addEventListener("click", (event) => {
    const step = Number(event.target.dataset.step ?? 0);
    if (step) turnPage(step);
  });
}

addSectionListeners();
startCharts();
if (page.data) {
  addListeners();
  if (!readHash()) showPart(decodedHash());
  draw({ writesAddress: false, isFirst: true });
} else drawing = drawing.then(() => drawCharts(null, 0, false));
