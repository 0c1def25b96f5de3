"use strict";
// Charts: Vega draws each from its compiled spec; rows are set by name, and widths by the container.

const charts = [];
const MIN_PANEL_WIDTH = 90;
const NARROW_WIDTH = 560;
const MAX_FITS = 3;
const WIDE_PANEL = 400;

/** Parses dates as the spec declares, because Vega parses only the data that it loads itself. */
function parseDates(rows, parse) {
  const names = Object.entries(parse ?? {}).filter(([, kind]) => kind === "date").map(([name]) => name);
  return names.length ? rows.map((row) => ({ ...row, ...Object.fromEntries(names.map((name) => [name, row[name] === null ? null : new Date(row[name])])) })) : rows;
}

function startCharts() {
  const loader = { load: () => Promise.reject(new Error("offline")), sanitize: () => Promise.reject(new Error("offline")) };
  for (const chart of page.charts) {
    const host = document.querySelector(`[data-chart="${chart.anchor}"]`);
    if (!host) continue;
    try {
      const view = new vega.View(vega.parse(chart.vega, null, { ast: true }), { expr: vegaInterpreter.expressionInterpreter, renderer: "svg", loader, logLevel: vega.Error, hover: false });
      const container = createElement("div");
      host.replaceChildren(container);
      view.tooltip(showTooltip).initialize(container);
      for (const name of ["role", "aria-roledescription", "aria-label"]) container.removeAttribute(name);
      const entry = { ...chart, host, view, sentence: host.getAttribute("aria-label"), rowsText: null };
      charts.push(entry);
      if (markSources.has(chart.anchor)) addMarkListeners(entry);
    } catch (error) {
      showChartError(host);
    }
  }
  new ResizeObserver(() => scheduleFit()).observe(document.querySelector("main"));
}

const showChartError = (host) => host.replaceChildren(createElement("p", { class: "empty" }, text.chartError));

/** Maximum products, countries or months in a sentence; chart and table show the others. */
const MAX_SENTENCE_GROUPS = 10;

const lowerFirst = (label) => label.charAt(0).toLowerCase() + label.slice(1);

/** The largest sums of a caption with their names, as a list; empty if all are zero. */
function caption({ name, kind, by, by_kind, by_form }, rows) {
  const sums = new Map();
  for (const row of rows) sums.set(row[by], (sums.get(row[by]) ?? 0) + (name ? row[name] : 1));
  const order = kind === "money" ? ([a], [b]) => compareCurrencies(a, b) : by_form ? ([a], [b]) => parseInt(a) - parseInt(b) : (a, b) => b[1] - a[1];
  const groups = [...sums].filter(([, sum]) => sum).sort(order);
  const keyText = (key) => formats.value({ name: by, kind: by_kind }, { [by]: key });
  const format = ([key, sum]) => {
    if (kind === "money") return formats.money(sum, key);
    if (by_form) return formats.fill(by_form, { [by]: key, n: formats.number(sum) });
    return by ? `${keyText(key)} (${formats.number(sum)})` : formats.number(sum);
  };
  const largest = kind === "money" ? groups : groups.slice(0, MAX_SENTENCE_GROUPS);
  return largest.length < groups.length ? largest.map(format).join(", ") + ", …" : formats.list(largest.map(format));
}

/** The text alternative of a chart of filtered rows: the number of plans, and the sums of its caption. */
function chartSentence(chart, rows, planCount) {
  const plans = formats.count(text.plans, planCount);
  const parts = chart.captionSums.map((sum) => [sum, caption(sum, rows)]).filter(([, part]) => part);
  if (parts.length === 1 && parts[0][0].name === "plans") return `${plans}: ${parts[0][1]}.`;
  const sentence = parts.map(([{ label }, part], place) => `${place ? lowerFirst(label) : label}: ${part}`).join("; ");
  return [plans, sentence].filter(Boolean).join(". ") + ".";
}

function setSentence(chart, sentence, isFiltered) {
  chart.host.setAttribute("aria-label", isFiltered ? `${chart.title}. ${sentence}` : sentence);
  const paragraph = chart.host.parentElement.querySelector(".sentence");
  if (paragraph) paragraph.textContent = sentence;
}

/** Gives a chart the rows that pass the filters; false if they have not changed. */
function setRows(chart, figureRows, planCount, isFiltered) {
  const rows = withoutEmptyPanels(chart, figureRows);
  const rowsText = JSON.stringify(rows);
  setSentence(chart, isFiltered ? chartSentence(chart, rows, planCount) : chart.sentence, isFiltered);
  if (rowsText === chart.rowsText) return false;
  chart.rowsText = rowsText;
  chart.view.data(chart.data, parseDates(JSON.parse(rowsText), chart.parse));
  const panels = panelsOf(chart, rows);
  if (panels !== chart.panels) Object.assign(chart, { panels, fittedWidth: 0 });
  chart.host.hidden = !rows.length;
  chart.host.parentElement.querySelector(".no-rows").hidden = rows.length > 0;
  return true;
}

/** Gives a chart its selected marks; false if they have not changed. */
function setMarks(chart) {
  const keys = [...(selectedMarks.get(chart.anchor)?.keys() ?? [])];
  if (keys.join("\n") === chart.markKeys) return false;
  chart.markKeys = keys.join("\n");
  chart.view.signal("selected_marks", keys);
  return true;
}

/** The currencies of the rows: each has a panel of its own. */
const panelsOf = (chart, rows) => [...new Set(rows.map((row) => row[chart.panelColumn]))].sort().join();

/** The rows of the currencies for which the chart has something to draw. */
function withoutEmptyPanels({ panelColumn, counted }, rows) {
  if (!panelColumn || !counted.length) return rows;
  const panelsWithData = new Set(rows.filter((row) => counted.some((name) => row[name])).map((row) => row[panelColumn]));
  return rows.filter((row) => panelsWithData.has(row[panelColumn]));
}

/** Draws a chart, as wide as its container. Vega hides the groups that it draws from screen readers, so marks are prepared last. */
async function redrawChart(chart) {
  const hasFocus = chart.host.contains(document.activeElement);
  await chart.view.resize().runAsync();
  if (svgWidth(chart) > chart.host.clientWidth + 1) chart.fittedWidth = 0;
  await fitChart(chart);
  if (markSources.has(chart.anchor)) prepareMarks(chart, hasFocus);
}

const nextTask = () => new Promise((resolve) => setTimeout(resolve));

/** The charts, those on screen first. */
function visibleFirst() {
  const isOffScreen = ({ host }) => {
    const { top, bottom } = host.getBoundingClientRect();
    return bottom < 0 || top > innerHeight;
  };
  const places = new Map(charts.map((chart) => [chart, Number(isOffScreen(chart))]));
  return [...charts].sort((a, b) => places.get(a) - places.get(b));
}

/** Draws the charts that change; with `isCurrent`, one per task, until that is false. */
async function drawCharts(rowsOf, planCount, isFiltered, isCurrent) {
  for (const chart of isCurrent ? visibleFirst() : charts) {
    if (isCurrent && !isCurrent()) return;
    try {
      const isClickable = markSources.has(chart.anchor);
      const hasNewRows = chart.figure && rowsOf && setRows(chart, rowsOf(chart.figure, chart.anchor), planCount, isFiltered);
      const hasNewMarks = isClickable && setMarks(chart);
      if (!hasNewRows && !hasNewMarks && chart.fittedWidth) continue;
      await redrawChart(chart);
    } catch (error) {
      showChartError(chart.host);
    }
    if (isCurrent) await nextTask();
  }
}

// --- widths -----------------------------------------------------------------------------------------------------------

const svgWidth = (chart) => chart.host.querySelector("svg")?.getBoundingClientRect().width ?? 0;

/** Makes every panel wider than on paper by this number of pixels. */
function widenPanels(chart, pixels) {
  for (const [name, width] of Object.entries(chart.widths)) {
    const value = Math.max(MIN_PANEL_WIDTH, width + pixels);
    if (name === "width") chart.view.width(value);
    else chart.view.signal(name, value);
  }
  return chart.view.resize().runAsync();
}

/** How many panels or entries of a legend are beside each other: no more panels than there are currencies, so that few fill the width. */
function columnCount({ panels }, name, [columns, narrowColumns], space) {
  if (space < NARROW_WIDTH) return narrowColumns;
  return name.startsWith("panel_") && panels ? Math.min(columns, panels.split(",").length) : columns;
}

/** The chart's width with panels wider by `base`, and how much it grows with them; a legend may be wider than narrow panels. */
async function measurePanels(chart) {
  for (const base of [0, WIDE_PANEL]) {
    await widenPanels(chart, base);
    const width = svgWidth(chart);
    await widenPanels(chart, base + 40);
    const ratio = (svgWidth(chart) - width) / 40;
    if (ratio > 0 || base) return { base, width, ratio };
  }
}

/** Measures the chart at two panel widths, then draws it as wide as its container. */
async function fitChart(chart) {
  const space = Math.floor(chart.host.clientWidth);
  if (!space || !Object.keys(chart.widths).length || chart.fittedWidth === space) return;
  chart.fittedWidth = space;
  for (const [name, columns] of Object.entries(chart.columns)) chart.view.signal(name, columnCount(chart, name, columns, space));
  const { base, width, ratio } = await measurePanels(chart);
  let pixels = ratio > 0 ? base + Math.floor((space - width - 1) / ratio) : 0;
  await widenPanels(chart, pixels);
  // A label that now has place at an edge makes the chart wider than measured.
  for (let tries = 0; ratio > 0 && tries < MAX_FITS && svgWidth(chart) > space; tries++) {
    pixels -= Math.ceil((svgWidth(chart) - space) / ratio);
    await widenPanels(chart, pixels);
  }
  if (chart.host.scrollWidth > chart.host.clientWidth + 1) chart.host.tabIndex = 0;
  else chart.host.removeAttribute("tabindex");
}

const needsFit = ({ host, widths, fittedWidth }) => !host.hidden && host.clientWidth > 0 && Object.keys(widths).length > 0 && fittedWidth !== Math.floor(host.clientWidth);

let fitTimer = 0;
function scheduleFit() {
  clearTimeout(fitTimer);
  fitTimer = setTimeout(() => {
    drawing = drawing.then(async () => {
      for (const chart of charts.filter(needsFit)) await redrawChart(chart).catch(() => showChartError(chart.host));
    });
  }, 150);
}

// --- tooltips ---------------------------------------------------------------------------------------------------------

const tooltipText = (value) => (typeof value === "object" && value ? Object.entries(value).map(([name, part]) => `${name}: ${part}`).join("\n") : String(value ?? ""));

function placeTooltip(value, x, y) {
  const box = $("tooltip");
  box.textContent = tooltipText(value);
  box.hidden = !box.textContent;
  if (box.hidden) return;
  box.style.left = Math.max(4, Math.min(x + 14, innerWidth - box.offsetWidth - 8)) + "px";
  box.style.top = Math.max(4, Math.min(y + 14, innerHeight - box.offsetHeight - 8)) + "px";
}

const showTooltip = (_, event, item, value) => placeTooltip(value, event.clientX, event.clientY);

/** The tooltip of a mark that has the focus. */
function showTooltipAt(element, value) {
  const { right, top } = element.getBoundingClientRect();
  placeTooltip(value, right, top);
}
