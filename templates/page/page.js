"use strict";
// The offline page: reads the controls, sums the embedded rows, writes totals, charts and tables.

const page = JSON.parse(document.getElementById("data").textContent);
const frames = page.data ? Object.fromEntries(Object.entries(page.data).map(([grain, table]) => [grain, unpack(table)])) : { plans: { plan_id: [] } };
const formats = createFormats(page.words);
Object.keys(page.words.currencies).forEach((code, index) => currencyPlaces.set(code, index));
const text = page.words.text;
const $ = (id) => document.getElementById(id);
const createElement = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null && value !== undefined) element.setAttribute(name, value);
  element.append(...children);
  return element;
};

// --- controls ---------------------------------------------------------------------------------------------------------

const controls = [...document.querySelectorAll("[data-filter]")];
const control = (name) => controls.find((element) => element.dataset.filter === name);
const bound = (name, end) => controls.find((element) => element.dataset.filter === name && element.dataset.bound === end);

function filterValue(filter) {
  if (filter.kind === "one_of") return [...control(filter.name).querySelectorAll("input:checked")].map((box) => box.value);
  if (filter.kind === "between") return { min: bound(filter.name, "min").value, max: bound(filter.name, "max").value };
  return control(filter.name).value;
}

const isSet = (value) => (Array.isArray(value) ? value.length > 0 : typeof value === "object" ? value.min !== "" || value.max !== "" : value !== "");

/** [filter, value] of every filter that is set; the two days of a range and the date that they apply to are one filter. */
function activeFilters() {
  const values = page.filters.filter((filter) => !["from", "to", "date_field"].includes(filter.kind)).map((filter) => [filter, filterValue(filter)]);
  const days = { from: control("from")?.value, to: control("to")?.value, field: control("date-field")?.value || "purchase" };
  return [...values.filter(([, value]) => isSet(value)), ...(days.from || days.to ? [[{ kind: "dates", name: "dates" }, days]] : [])];
}

function describeFilter([filter, value]) {
  const label = (name) => page.filters.find((other) => other.name === name)?.label ?? name;
  if (filter.kind === "dates") {
    const field = control("date-field");
    const fieldLabel = field ? field.selectedOptions[0].textContent : "";
    return [fieldLabel || label("from"), [value.from, value.to].map((day) => (day ? formats.date(day) : "…")).join(" – ")];
  }
  if (filter.kind === "between") return [filter.label, [value.min, value.max].map((end) => end || "…").join(" – ")];
  if (filter.kind === "one_of") return [filter.label, value.map((status) => page.words.statuses[status] ?? status).join(", ")];
  const element = control(filter.name);
  return [filter.label, element.tagName === "SELECT" ? element.selectedOptions[0].textContent : value];
}

function writeHash() {
  const parameters = new URLSearchParams();
  for (const element of controls) {
    const name = element.dataset.filter + (element.dataset.bound ? "." + element.dataset.bound : "");
    if (element.tagName === "FIELDSET") for (const box of element.querySelectorAll("input:checked")) parameters.append(name, box.value);
    else if (element.value && !(name === "date-field" && element.value === "purchase")) parameters.append(name, element.value);
  }
  const hash = parameters.toString();
  if (hash !== location.hash.slice(1)) history.replaceState(null, "", hash ? "#" + hash : location.pathname + location.search);
}

function readHash() {
  const parameters = new URLSearchParams(location.hash.slice(1));
  if (![...parameters.keys()].some((name) => control(name.split(".")[0]))) return;
  for (const element of controls) {
    const name = element.dataset.filter + (element.dataset.bound ? "." + element.dataset.bound : "");
    if (element.tagName === "FIELDSET") for (const box of element.querySelectorAll("input")) box.checked = parameters.getAll(name).includes(box.value);
    else if (parameters.has(name)) element.value = parameters.get(name);
    else element.value = name === "date-field" ? "purchase" : "";
  }
}

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

// --- the list of plans ------------------------------------------------------------------------------------------------

const list = { rows: new Map(), column: null, descending: false, from: 0, plans: [] };
const UNPAGED_ROWS = 2000, PAGE_ROWS = 500;

function cell(column, row) {
  const attributes = { "data-label": column.label, class: column.style, role: "cell" };
  const content = formats.value(column, row);
  if (column.kind === "link") {
    const address = row[column.name] ?? "";
    const link = createElement("a", { href: address, target: "_blank", rel: "noopener noreferrer", "aria-label": `WhatsApp: ${row.buyer ?? ""}` }, "WhatsApp");
    return createElement("td", attributes, address.startsWith("https://") ? link : NO_VALUE);
  }
  if (column.kind === "status") return createElement("td", attributes, createElement("span", { class: "status s-" + (page.words.slugs[row.status] ?? "unknown") }, content));
  const inner = column.kind === "text" ? createElement("bdi", content.length > 60 ? { title: content } : {}, content) : content;
  const stacked = column.stacked.map((part) => createElement("span", { class: "second-line" }, createElement("bdi", {}, formats.value(part, row))));
  return createElement("td", attributes, inner, ...stacked);
}

function planRow(i) {
  let element = list.rows.get(i);
  if (!element) {
    const row = Object.fromEntries(Object.keys(frames.plans).map((name) => [name, frames.plans[name][i]]));
    element = createElement("tr", { role: "row", "data-plan-id": row.plan_id }, ...page.detail.map((column) => cell(column, row)));
    list.rows.set(i, element);
  }
  return element;
}

function sortPlans(plans) {
  const column = page.detail.flatMap((head) => [head, ...head.stacked]).find((head) => head.name === list.column);
  if (!column) return plans;
  const values = frames.plans[column.name];
  const key = column.kind === "text" || column.kind === "status" ? (i) => foldText(formats.value(column, { [column.name]: values[i] })) : (i) => values[i];
  const keys = new Map(plans.map((i) => [i, values[i] === null || values[i] === "" ? null : key(i)]));
  const direction = list.descending ? -1 : 1;
  const compareKeys = (a, b) => (keys.get(a) === null || keys.get(b) === null ? compare(keys.get(a), keys.get(b)) : direction * compare(keys.get(a), keys.get(b)));
  return [...plans].sort((a, b) => (column.kind === "money" && compareCurrencies(frames.plans.currency[a], frames.plans.currency[b])) || compareKeys(a, b) || a - b);
}

function drawList(plans) {
  if (!$("plans")) return;
  if (plans) Object.assign(list, { plans, from: 0 });
  const rows = sortPlans(list.plans);
  const isPaged = rows.length > UNPAGED_ROWS;
  const part = isPaged ? rows.slice(list.from, list.from + PAGE_ROWS) : rows;
  $("plans").tBodies[0].replaceChildren(...part.map(planRow));
  for (const head of $("plans").querySelectorAll("th")) {
    if (head.dataset.column === list.column) head.setAttribute("aria-sort", list.descending ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
  }
  $("no-plans").hidden = rows.length > 0;
  $("pages").hidden = !isPaged;
  $("pages").querySelector("span").textContent = formats.fill(text.rows, { from: formats.number(list.from + 1), to: formats.number(list.from + part.length), n: formats.number(rows.length) });
  $("pages").querySelector("[data-step='-1']").disabled = list.from === 0;
  $("pages").querySelector("[data-step='1']").disabled = list.from + PAGE_ROWS >= rows.length;
  $("print-limit").hidden = rows.length <= PAGE_ROWS;
  $("print-limit").textContent = formats.fill(text.printLimit, { n: formats.number(PAGE_ROWS), all: formats.number(rows.length) });
}

function sortBy(column) {
  list.descending = list.column === column ? !list.descending : false;
  list.column = column;
  list.from = 0;
  drawList();
}

// --- tables of figures ------------------------------------------------------------------------------------------------

function drawTable(table, rows, isFiltered) {
  const host = document.querySelector(`[data-table="${table.anchor}"]`);
  const body = host?.querySelector("tbody");
  if (!body) return;
  const sorted = tableRows(table, rows);
  const part = sorted.slice(0, table.top ?? sorted.length);
  body.replaceChildren(...part.map((row) => createElement("tr", {}, ...table.columns.map((column) => cell(column, row)))));
  if (!part.length) body.replaceChildren(createElement("tr", {}, createElement("td", { colspan: table.columns.length }, text.nothing)));
  const omissions = host.querySelector(".omissions");
  if (omissions) {
    omissions.hidden = part.length === sorted.length;
    omissions.textContent = formats.count(isFiltered ? text.more : text.moreOfAllPlans, sorted.length - part.length);
  }
}

// --- the whole page ---------------------------------------------------------------------------------------------------

let drawing = Promise.resolve();

function draw() {
  const active = activeFilters();
  const matches = matchPlans(frames, active);
  const plans = [];
  matches.forEach((isMatch, i) => isMatch && plans.push(i));
  const isUnfiltered = !active.length && page.unfiltered;
  const rowsOf = (figure) => (isUnfiltered && page.unfiltered[figure.name]) || fold(figure, frames, matches);
  document.body.classList.toggle("filtered", active.length > 0);
  $("filter-count").hidden = !active.length;
  $("filter-count").textContent = active.length;
  const all = page.unfiltered ? page.unfiltered.revenue.reduce((sum, row) => sum + row.plans, 0) : frames.plans.plan_id.length;
  const values = { of: formats.number(page.of ?? all), all: formats.number(all) };
  const matchCount = () => formats.count(page.of ? text.matchesOfNewest : text.matches, plans.length, values);
  $("match-count").textContent = page.of && !active.length ? formats.fill(text.newestPlans, values) : matchCount();
  $("active-filters").hidden = !active.length;
  $("active-filters").replaceChildren(...active.map(describeFilter).map(([label, value]) => createElement("span", { class: "chip" }, label + ": ", createElement("bdi", {}, value))));
  drawTotals(rowsOf);
  drawList(plans);
  for (const table of page.tables) drawTable(table, rowsOf(table.figure), active.length > 0);
  drawing = drawing.then(() => drawCharts(rowsOf, plans.length, active.length > 0));
  writeHash();
}

let drawTimer = 0;
const scheduleDraw = () => {
  clearTimeout(drawTimer);
  drawTimer = setTimeout(draw, 60);
};

function addListeners() {
  const panel = $("filters");
  const narrow = matchMedia("(max-width: 900px)");
  const fitPanel = () => (panel.open = !narrow.matches);
  narrow.addEventListener("change", fitPanel);
  fitPanel();
  $("form").addEventListener("input", scheduleDraw);
  $("form").addEventListener("change", scheduleDraw);
  $("form").addEventListener("submit", (event) => event.preventDefault());
  $("clear").addEventListener("click", () => {
    $("form").reset();
    draw();
  });
  $("print").addEventListener("click", () => window.print());
  window.addEventListener("hashchange", () => {
    readHash();
    draw();
  });
  $("plans")?.addEventListener("click", (event) => {
    const head = event.target.closest("th[data-column]");
    if (head) sortBy(head.dataset.column);
  });
  $("sort")?.addEventListener("change", (event) => sortBy(event.target.value));
  $("pages")?.addEventListener("click", (event) => {
    const step = Number(event.target.dataset.step ?? 0);
    if (!step) return;
    list.from += step * PAGE_ROWS;
    drawList();
    $("plans").scrollIntoView();
  });
}

startCharts();
if (page.data) {
  addListeners();
  readHash();
  draw();
} else drawing = drawing.then(() => drawCharts(null, 0, false));
