"use strict";
// The offline page: reads the controls, folds the embedded rows again, writes totals, charts and tables.

const page = JSON.parse(document.getElementById("data").textContent);
const frames = page.data ? Object.fromEntries(Object.entries(page.data).map(([grain, table]) => [grain, unpack(table)])) : { plans: { plan_id: [] } };
const say = writer(page.words);
const text = page.words.text;
const $ = (id) => document.getElementById(id);
const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null && value !== undefined) element.setAttribute(name, value);
  element.append(...children);
  return element;
};

// --- controls ---------------------------------------------------------------------------------------------------------

const controls = [...document.querySelectorAll("[data-filter]")];
const control = (name) => controls.find((one) => one.dataset.filter === name);
const bound = (name, end) => controls.find((one) => one.dataset.filter === name && one.dataset.bound === end);

function read(filter) {
  if (filter.kind === "one_of") return [...control(filter.name).querySelectorAll("input:checked")].map((box) => box.value);
  if (filter.kind === "between") return { min: bound(filter.name, "min").value, max: bound(filter.name, "max").value };
  return control(filter.name).value;
}

const isSet = (value) => (Array.isArray(value) ? value.length > 0 : typeof value === "object" ? value.min !== "" || value.max !== "" : value !== "");

/** [filter, value] of every filter that is set; the two days and which date they are of act together. */
function wanted() {
  const found = page.filters.filter((one) => !["from", "to", "date_field"].includes(one.kind)).map((one) => [one, read(one)]);
  const days = { from: control("from")?.value, to: control("to")?.value, field: control("date-field")?.value || "purchase" };
  return [...found.filter(([, value]) => isSet(value)), ...(days.from || days.to ? [[{ kind: "dates", name: "dates" }, days]] : [])];
}

function described([filter, value]) {
  const label = (name) => page.filters.find((one) => one.name === name)?.label ?? name;
  if (filter.kind === "dates") {
    const field = control("date-field");
    const of = field ? field.selectedOptions[0].textContent : "";
    return [of || label("from"), [value.from, value.to].map((day) => (day ? say.date(day) : "…")).join(" – ")];
  }
  if (filter.kind === "between") return [filter.label, [value.min, value.max].map((end) => end || "…").join(" – ")];
  if (filter.kind === "one_of") return [filter.label, value.map((one) => page.words.statuses[one] ?? one).join(", ")];
  const chosen = control(filter.name);
  return [filter.label, chosen.tagName === "SELECT" ? chosen.selectedOptions[0].textContent : value];
}

function toHash() {
  const words = new URLSearchParams();
  for (const one of controls) {
    const name = one.dataset.filter + (one.dataset.bound ? "." + one.dataset.bound : "");
    if (one.tagName === "FIELDSET") for (const box of one.querySelectorAll("input:checked")) words.append(name, box.value);
    else if (one.value && !(name === "date-field" && one.value === "purchase")) words.append(name, one.value);
  }
  const hash = words.toString();
  if (hash !== location.hash.slice(1)) history.replaceState(null, "", hash ? "#" + hash : location.pathname + location.search);
}

function fromHash() {
  const words = new URLSearchParams(location.hash.slice(1));
  if (![...words.keys()].some((name) => control(name.split(".")[0]))) return;
  for (const one of controls) {
    const name = one.dataset.filter + (one.dataset.bound ? "." + one.dataset.bound : "");
    if (one.tagName === "FIELDSET") for (const box of one.querySelectorAll("input")) box.checked = words.getAll(name).includes(box.value);
    else if (words.has(name)) one.value = words.get(name);
    else one.value = name === "date-field" ? "purchase" : "";
  }
}

// --- totals -----------------------------------------------------------------------------------------------------------

const PARTS = ["collected", "overdue", "to_receive", "refunded", "released"];
const TOTALS = { name: "revenue", grain: "plans", by: ["currency"], sums: ["plans", ...PARTS.map((part) => part + "_minor")] };
const NET = { name: "net", grain: "nets", by: ["commission_currency"], sums: ["net_minor", "estimated_minor"] };

function bar(row) {
  const whole = PARTS.reduce((sum, part) => sum + row[part + "_minor"], 0) || 1;
  const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [name, value] of [["class", "bar"], ["viewBox", "0 0 1000 10"], ["preserveAspectRatio", "none"], ["aria-hidden", "true"]]) picture.setAttribute(name, value);
  let at = 0;
  for (const part of PARTS) {
    const width = (1000 * row[part + "_minor"]) / whole;
    const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    for (const [name, value] of [["x", at], ["y", 0], ["width", width], ["height", 10], ["class", "part-" + part]]) rect.setAttribute(name, value);
    picture.append(rect);
    at += width;
  }
  return picture;
}

function card(row) {
  const { currency } = row;
  const plans = make("span", { "data-total": "plans", "data-currency": currency, "data-count": row.plans }, say.count(text.plans, row.plans));
  const lines = PARTS.map((part) => {
    const minor = row[part + "_minor"];
    const amount = make("span", { "data-total": part, "data-currency": currency, "data-minor": minor }, say.money(minor, currency));
    return make("div", {}, make("dt", { class: "part-" + part }, text[part]), make("dd", {}, amount));
  });
  return make("section", { class: "money" }, make("h3", {}, make("span", {}, currency, " ", make("small", {}, page.words.currencyNames[currency] ?? "")), make("small", {}, plans)), bar(row), make("dl", {}, ...lines));
}

function drawTotals(rowsOf) {
  $("cards").replaceChildren(...rowsOf(TOTALS).map(card));
  const nets = new Map();
  for (const row of rowsOf(NET)) nets.set(row.commission_currency, (nets.get(row.commission_currency) ?? 0) + row.net_minor);
  const lines = [...nets].map(([currency, minor]) => make("dd", { "data-net": currency, "data-currency": currency, "data-minor": minor }, say.money(minor, currency)));
  $("nets").replaceChildren(make("dt", {}, text.net), ...lines);
  $("nets").hidden = !lines.length;
}

// --- the list of plans ------------------------------------------------------------------------------------------------

const list = { rows: new Map(), column: null, descending: false, from: 0, order: [] };
const WHOLE = 2000, STEP = 500;

function cell(column, row) {
  const label = { "data-label": column.label, class: column.style };
  const shown = say.value(column, row);
  if (column.kind === "link") {
    const address = row[column.name] ?? "";
    const link = make("a", { href: address, target: "_blank", rel: "noopener noreferrer", "aria-label": `WhatsApp: ${row.buyer ?? ""}` }, "WhatsApp");
    return make("td", { ...label, role: "cell" }, address.startsWith("https://") ? link : NOTHING);
  }
  if (column.kind === "status") return make("td", { ...label, role: "cell" }, make("span", { class: "status s-" + (page.words.slugs[row.status] ?? "unknown") }, shown));
  const inner = column.kind === "text" ? make("bdi", shown.length > 60 ? { title: shown } : {}, shown) : shown;
  const below = column.below.map((one) => make("span", { class: "below" }, make("bdi", {}, say.value(one, row))));
  return make("td", { ...label, role: "cell" }, inner, ...below);
}

function planRow(i) {
  let made = list.rows.get(i);
  if (!made) {
    const row = Object.fromEntries(Object.keys(frames.plans).map((name) => [name, frames.plans[name][i]]));
    made = make("tr", { role: "row", "data-plan-id": row.plan_id }, ...page.detail.map((column) => cell(column, row)));
    list.rows.set(i, made);
  }
  return made;
}

function sorted(order) {
  const column = page.detail.flatMap((one) => [one, ...one.below]).find((one) => one.name === list.column);
  if (!column) return order;
  const values = frames.plans[column.name];
  const key = column.kind === "text" || column.kind === "status" ? (i) => folded(say.value(column, { [column.name]: values[i] })) : (i) => values[i];
  const keys = new Map(order.map((i) => [i, values[i] === null || values[i] === "" ? null : key(i)]));
  const way = list.descending ? -1 : 1;
  const by = (a, b) => (keys.get(a) === null || keys.get(b) === null ? compare(keys.get(a), keys.get(b)) : way * compare(keys.get(a), keys.get(b)));
  return [...order].sort((a, b) => (column.kind === "money" && compare(frames.plans.currency[a], frames.plans.currency[b])) || by(a, b) || a - b);
}

function drawList(order) {
  if (!$("plans")) return;
  if (order) Object.assign(list, { order, from: 0 });
  const shown = sorted(list.order);
  const isPaged = shown.length > WHOLE;
  const part = isPaged ? shown.slice(list.from, list.from + STEP) : shown;
  $("plans").tBodies[0].replaceChildren(...part.map(planRow));
  for (const head of $("plans").querySelectorAll("th")) {
    if (head.dataset.column === list.column) head.setAttribute("aria-sort", list.descending ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
  }
  $("no-plans").hidden = shown.length > 0;
  $("pages").hidden = !isPaged;
  $("pages").querySelector("span").textContent = say.fill(text.rows, { from: say.number(list.from + 1), to: say.number(list.from + part.length), n: say.number(shown.length) });
  $("pages").querySelector("[data-step='-1']").disabled = list.from === 0;
  $("pages").querySelector("[data-step='1']").disabled = list.from + STEP >= shown.length;
  $("printed").hidden = shown.length <= STEP;
  $("printed").textContent = say.fill(text.printed, { n: say.number(STEP), all: say.number(shown.length) });
}

function sortBy(column) {
  list.descending = list.column === column ? !list.descending : false;
  list.column = column;
  list.from = 0;
  drawList();
}

// --- tables of figures ------------------------------------------------------------------------------------------------

function drawTable(table, rows) {
  const host = document.querySelector(`[data-table="${table.anchor}"]`);
  const body = host?.querySelector("tbody");
  if (!body) return;
  const listed = arranged(table, rows);
  const shown = listed.slice(0, table.top ?? listed.length);
  body.replaceChildren(...shown.map((row) => make("tr", {}, ...table.columns.map((column) => cell(column, row)))));
  if (!shown.length) body.replaceChildren(make("tr", {}, make("td", { colspan: table.columns.length }, text.nothing)));
  const more = host.querySelector(".more");
  if (more) {
    more.hidden = shown.length === listed.length;
    more.textContent = say.count(text.more, listed.length - shown.length);
  }
}

// --- all of it --------------------------------------------------------------------------------------------------------

let drawing = Promise.resolve();

function draw() {
  const set = wanted();
  const keep = passing(frames, set);
  const order = [];
  keep.forEach((yes, i) => yes && order.push(i));
  const whole = !set.length && page.unfiltered;
  const rowsOf = (figure) => (whole && page.unfiltered[figure.name]) || fold(figure, frames, keep);
  document.body.classList.toggle("filtered", set.length > 0);
  $("active").hidden = !set.length;
  $("active").textContent = set.length;
  const all = page.unfiltered ? page.unfiltered.revenue.reduce((sum, row) => sum + row.plans, 0) : frames.plans.plan_id.length;
  const told = { of: say.number(page.of ?? all), all: say.number(all) };
  const passed = () => say.count(page.of ? text.passing_of : text.passing, order.length, told);
  $("passing").textContent = page.of && !set.length ? say.fill(text.newest, told) : passed();
  $("chosen").hidden = !set.length;
  $("chosen").replaceChildren(...set.map(described).map(([label, value]) => make("span", { class: "chip" }, label + ": ", make("bdi", {}, value))));
  drawTotals(rowsOf);
  drawList(order);
  for (const table of page.tables) drawTable(table, rowsOf(table.figure));
  drawing = drawing.then(() => drawCharts(rowsOf, order.length, set.length > 0));
  toHash();
}

let waiting = 0;
const soon = () => {
  clearTimeout(waiting);
  waiting = setTimeout(draw, 60);
};

function listen() {
  const panel = $("filters");
  const narrow = matchMedia("(max-width: 900px)");
  const fit = () => (panel.open = !narrow.matches);
  narrow.addEventListener("change", fit);
  fit();
  $("form").addEventListener("input", soon);
  $("form").addEventListener("change", soon);
  $("form").addEventListener("submit", (event) => event.preventDefault());
  $("clear").addEventListener("click", () => {
    $("form").reset();
    draw();
  });
  $("print").addEventListener("click", () => window.print());
  window.addEventListener("hashchange", () => {
    fromHash();
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
    list.from += step * STEP;
    drawList();
    $("plans").scrollIntoView();
  });
}

startCharts();
if (page.data) {
  listen();
  fromHash();
  draw();
} else drawing = drawing.then(() => drawCharts(null, 0, false));
