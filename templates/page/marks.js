"use strict";
// Marks: a click on a bar, a slice or a table's row keeps only the plans that are part of it; another click releases it.

/** Anchor of a chart or table → key of each selected mark → the values of its columns. */
const selectedMarks = new Map();
const MAX_MARKS = 60;

/** Anchor → chart or table whose marks can be selected. */
const markSources = new Map([...page.charts, ...page.tables].filter((source) => page.data && source.marks.length).map((source) => [source.anchor, source]));

const markKey = (values) => values.map(String).join("|");

/** The values that identify the mark of a row; null if the row is not one of the source's figure. */
function markValues(source, row) {
  const values = source.marks.map((name) => row?.[name]);
  return values.length && !values.includes(undefined) ? values : null;
}

/** One byte per plan, 1 if one of its rows has the values of one of these marks. */
function matchMarks({ figure, marks, counted }, selected) {
  const table = frames[figure.grain] ?? {};
  const matches = new Uint8Array(frames.plans.plan_id.length);
  const columns = marks.map((name) => table[name] ?? []);
  const isCounted = (i) => (!figure.where || table[figure.where][i]) && (!counted.length || counted.some((name) => table[name][i]));
  for (let i = 0; i < (columns[0]?.length ?? 0); i++) if (selected.has(markKey(columns.map((column) => column[i]))) && isCounted(i)) matches[figure.grain === "plans" ? i : table.p[i]] = 1;
  return matches;
}

function toggleMark(anchor, values) {
  const selected = selectedMarks.get(anchor) ?? new Map();
  if (!selected.delete(markKey(values)) && selected.size < MAX_MARKS) selected.set(markKey(values), values);
  if (selected.size) selectedMarks.set(anchor, selected);
  else selectedMarks.delete(anchor);
  draw();
}

/** The marks of the address: known charts and tables, and values that at least one plan has. */
function readMarks(parameters) {
  selectedMarks.clear();
  for (const [anchor, source] of markSources) {
    const selected = new Map();
    for (const text of parameters.getAll(anchor).slice(0, MAX_MARKS)) {
      const values = parseMark(text, source.marks.length);
      if (values && matchMarks(source, new Map([[markKey(values), values]])).includes(1)) selected.set(markKey(values), values);
    }
    if (selected.size) selectedMarks.set(anchor, selected);
  }
}

function parseMark(text, length) {
  try {
    const values = JSON.parse(text);
    const isPlain = (value) => value === null || ["string", "number"].includes(typeof value);
    return Array.isArray(values) && values.length === length && values.every(isPlain) ? values : null;
  } catch {
    return null;
  }
}

function writeMarks(parameters) {
  for (const [anchor, selected] of selectedMarks) for (const values of selected.values()) parameters.append(anchor, JSON.stringify(values));
}

const productName = (id) => frames.plans.product[frames.plans.product_id.indexOf(id)] ?? id ?? NO_VALUE;

/** A mark in the reader's language. */
function describeMark(source, values) {
  const row = Object.fromEntries(source.marks.map((name, place) => [name, values[place]]));
  return source.marks.map((name) => (name === "product_id" ? productName(row.product_id) : formats.value(page.markColumns[name], row))).join(" · ");
}

// --- bars and slices --------------------------------------------------------------------------------------------------

/** The chart's marks in the order of the drawing: SVG element, values; one for each key. */
function chartMarks(chart) {
  const marks = new Map();
  for (const element of chart.host.querySelectorAll(".mark-rect > path, .mark-arc > path, .mark-symbol > path")) {
    const item = element.__data__;
    const values = item?.mark?.role === "mark" ? markValues(chart, item.datum) : null;
    if (!values || !item.datum) continue;
    const key = markKey(values);
    if (!marks.has(key)) marks.set(key, { element, values, item });
  }
  return marks;
}

/** Makes the marks of a chart toggle buttons: one stop of the Tab key, the arrows move between them. */
function prepareMarks(chart, hasFocus) {
  const selected = selectedMarks.get(chart.anchor) ?? new Map();
  const marks = chartMarks(chart);
  const current = chart.focusedMark && marks.has(chart.focusedMark) ? chart.focusedMark : marks.keys().next().value;
  for (const element of chart.host.querySelectorAll("[role=button]")) for (const name of ["role", "tabindex", "aria-pressed", "aria-label"]) element.removeAttribute(name);
  for (const [key, { element, values, item }] of marks) {
    element.removeAttribute("aria-hidden");
    element.setAttribute("role", "button");
    element.setAttribute("tabindex", key === current ? "0" : "-1");
    element.setAttribute("aria-pressed", String(selected.has(key)));
    element.setAttribute("aria-label", tooltipText(item.tooltip).replaceAll("\n", ", ") || describeMark(chart, values));
    for (let parent = element.parentElement; parent && parent !== chart.host; parent = parent.parentElement) parent.removeAttribute("aria-hidden");
  }
  if (hasFocus) marks.get(current)?.element.focus({ preventScroll: true });
}

function addMarkListeners(chart) {
  const { host } = chart;
  const valuesAt = (target) => {
    const item = target.closest?.("path")?.__data__;
    return item?.mark?.role === "mark" ? markValues(chart, item.datum) : null;
  };
  host.classList.add("clickable");
  host.setAttribute("role", "group");
  host.addEventListener("click", (event) => {
    const values = valuesAt(event.target);
    if (values) toggleMark(chart.anchor, values);
  });
  host.addEventListener("focusin", (event) => {
    const values = valuesAt(event.target);
    if (values) chart.focusedMark = markKey(values);
    if (values && event.target.matches(":focus-visible")) showTooltipAt(event.target, event.target.__data__.tooltip);
  });
  host.addEventListener("focusout", () => ($("tooltip").hidden = true));
  host.addEventListener("keydown", (event) => {
    const values = valuesAt(event.target);
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!values || !(step || ["Enter", " "].includes(event.key))) return;
    event.preventDefault();
    if (!step) return toggleMark(chart.anchor, values);
    const elements = [...chartMarks(chart).values()].map((mark) => mark.element);
    const next = elements[(elements.indexOf(event.target) + step + elements.length) % elements.length];
    for (const element of elements) element.setAttribute("tabindex", element === next ? "0" : "-1");
    next.focus();
  });
}

// --- rows of tables ---------------------------------------------------------------------------------------------------

/** A table's row whose first cell is a toggle button. */
function markRow(table, row, cells) {
  const values = markValues(table, row);
  if (!values) return createElement("tr", {}, ...cells);
  const isSelected = selectedMarks.get(table.anchor)?.has(markKey(values)) ?? false;
  const button = createElement("button", { type: "button", class: "row-mark", "aria-pressed": String(isSelected), "data-key": markKey(values) }, ...cells[0].childNodes);
  cells[0].replaceChildren(button);
  const element = createElement("tr", { class: isSelected ? "clickable selected" : "clickable" }, ...cells);
  element.addEventListener("click", () => toggleMark(table.anchor, values));
  return element;
}
