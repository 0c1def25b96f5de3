"use strict";
// The list of plans, the charges of a plan below its row, and the CSV of the plans that pass the filters.

const list = { rows: new Map(), column: null, descending: false, from: 0, plans: [], omitted: null, open: new Set() };
const UNPAGED_ROWS = 2000, PAGE_ROWS = 500;

/** The new rows of the list that are in it at once after a filter changes; the others follow after that is on screen. */
const FIRST_ROWS = 60;

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

const planValues = (i) => Object.fromEntries(Object.keys(frames.plans).map((name) => [name, frames.plans[name][i]]));

/** The plan's row; its first cell is a button that opens the charges below it. */
function planRow(i) {
  let element = list.rows.get(i);
  if (!element) {
    const row = planValues(i);
    const cells = page.detail.map((column) => cell(column, row));
    const button = createElement("button", { type: "button", class: "opener", "aria-expanded": "false" }, ...cells[0].childNodes);
    cells[0].append(button);
    element = createElement("tr", { role: "row", "data-plan-id": row.plan_id, class: "plan" }, ...cells);
    element.addEventListener("click", (event) => event.target.closest("a") || getSelection().toString() || togglePlan(i));
    list.rows.set(i, element);
  }
  return element;
}

function togglePlan(i) {
  const row = planRow(i);
  const isOpen = !list.open.delete(i);
  if (isOpen) list.open.add(i);
  row.querySelector(".opener").setAttribute("aria-expanded", String(isOpen));
  if (isOpen) row.after(chargesRow(i));
  else if (row.nextElementSibling?.classList.contains("charges")) row.nextElementSibling.remove();
}

// --- the charges of a plan --------------------------------------------------------------------------------------------

/** Plan → the indexes of its charges, which are sorted by plan. */
let chargesByPlan = null;

function chargesOf(plan) {
  if (!chargesByPlan) {
    chargesByPlan = new Map();
    frames.charges.p.forEach((p, c) => (chargesByPlan.has(p) ? chargesByPlan.get(p).push(c) : chargesByPlan.set(p, [c])));
  }
  return (chargesByPlan.get(plan) ?? []).sort((a, b) => frames.charges.number[a] - frames.charges.number[b]);
}

function chargeValues(c) {
  const row = Object.fromEntries(page.charges.map(({ name }) => [name, frames.charges[name]?.[c] ?? null]));
  const { state, released_as: reason, currency } = frames.charges;
  return { ...row, currency: currency[c], state: (state[c] === "released" && reason[c]) || state[c] };
}

function chargesRow(plan) {
  const { buyer, plan_id: id } = frames.plans;
  const label = formats.fill(text.chargesOf, { plan: buyer?.[plan] || id[plan] });
  const charges = chargesOf(plan).map(chargeValues);
  const head = createElement("tr", { role: "row" }, ...page.charges.map((column) => createElement("th", { role: "columnheader", scope: "col", class: column.style.includes("number") ? "number" : null }, column.label)));
  const body = charges.map((row) => createElement("tr", { role: "row", class: "charge-" + row.state }, ...page.charges.map((column) => cell(column, row))));
  const table = createElement("table", { role: "table", "aria-label": label }, createElement("thead", { role: "rowgroup" }, head), createElement("tbody", { role: "rowgroup" }, ...body));
  const content = charges.length ? createElement("div", { class: "scroll", role: "group", tabindex: "0", "aria-label": label }, table) : createElement("p", { class: "empty" }, text.noCharges);
  return createElement("tr", { role: "row", class: "charges" }, createElement("td", { role: "cell", colspan: page.detail.length }, content));
}

// --- the list ---------------------------------------------------------------------------------------------------------

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

/** Puts these rows into the table, in this order; rows that are already there are not touched. */
function placeRows(body, rows) {
  const kept = new Set(rows);
  for (const row of [...body.rows]) if (!kept.has(row)) row.remove();
  let next = body.firstElementChild;
  for (const row of rows) {
    if (row === next) next = next.nextElementSibling;
    else body.insertBefore(row, next);
  }
}

function placePlans(part) {
  placeRows($("plans").tBodies[0], part.flatMap((i) => (list.open.has(i) ? [planRow(i), chargesRow(i)] : [planRow(i)])));
}

/** Adds the rows that a partial drawing of the list has left out. */
function completeList() {
  if (list.omitted) placePlans(list.omitted);
  list.omitted = null;
}

/** The list of these plans, or of the same as before; `isPartial`: without new rows after the first ones. */
function drawList(plans, isPartial = false) {
  if (!$("plans")) return;
  if (plans) Object.assign(list, { plans, from: 0 });
  const rows = sortPlans(list.plans);
  const isPaged = rows.length > UNPAGED_ROWS;
  const part = isPaged ? rows.slice(list.from, list.from + PAGE_ROWS) : rows;
  placePlans(isPartial ? part.filter((i, place) => place < FIRST_ROWS || list.rows.get(i)?.isConnected) : part);
  list.omitted = isPartial ? part : null;
  for (const head of $("plans").querySelectorAll("th[data-column]")) {
    if (head.dataset.column === list.column) head.setAttribute("aria-sort", list.descending ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
  }
  $("no-plans").hidden = rows.length > 0;
  $("save-csv").disabled = !rows.length;
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

function turnPage(step) {
  list.from += step * PAGE_ROWS;
  drawList();
  $("plans").scrollIntoView();
}

// --- CSV --------------------------------------------------------------------------------------------------------------

/** A text of which no spreadsheet takes a part for a formula, by the rule of smartinst/pages/csv_export.py. */
const escapeFormula = (value) => value.replace(/(?:^|(?<=[,;|\t\r\n\v\f]))(?=[\s"']*[=+\-@＝＋－＠]|[\t\r])/g, "'");

const quoteCell = (value) => `"${value.replaceAll('"', '""')}"`;

/** An amount in major units with the decimal mark of the language, without grouping. */
function decimalText(minor, currency) {
  const exponent = page.words.currencies[currency]?.exponent ?? 2;
  const digits = String(Math.abs(minor)).padStart(exponent + 1, "0");
  const fraction = exponent ? page.words.decimal + digits.slice(-exponent) : "";
  return (minor < 0 ? "-" : "") + digits.slice(0, digits.length - exponent) + fraction;
}

function csvCell(column, i) {
  const value = frames.plans[column.name][i];
  if (value === null || value === undefined) return "";
  if (column.kind === "money") return decimalText(value, frames.plans.currency[i]);
  if (typeof value === "number") return String(value);
  const isWord = ["status", "country", "payment"].includes(column.kind);
  return quoteCell(escapeFormula(isWord ? formats.value(column, { [column.name]: value }) : String(value)));
}

/** The plans that pass the filters, in the order of the list: UTF-8 with a byte order mark, separated as the language does. */
function csvText() {
  const separator = page.words.decimal === "," ? ";" : ",";
  const lines = [page.csv.map((column) => quoteCell(escapeFormula(column.label))), ...sortPlans(list.plans).map((i) => page.csv.map((column) => csvCell(column, i)))];
  return "\ufeff" + lines.map((cells) => cells.join(separator) + "\r\n").join("");
}

function saveCsv() {
  const { seller, asOf, report } = document.documentElement.dataset;
  const name = [report, seller, asOf].filter(Boolean).join("-").replace(/[^\w.-]+/g, "-");
  const link = createElement("a", { download: `${name}.csv`, href: URL.createObjectURL(new Blob([csvText()], { type: "text/csv;charset=utf-8" })) });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
