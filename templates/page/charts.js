"use strict";
// Charts: Vega draws each from its compiled spec; rows are set by name, and widths by the container.

const charts = [];
const MIN_PANEL_WIDTH = 90;
const NARROW_WIDTH = 560;

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

/** The text alternative of a chart of filtered rows. */
function chartSentence(chart, rows, planCount) {
  const parts = chart.captionSums.map(({ name, label, kind, by, by_kind }) => {
    const sums = new Map();
    for (const row of rows) sums.set(row[by], (sums.get(row[by]) ?? 0) + (name ? row[name] : 1));
    const groups = [...sums].filter(([, sum]) => sum).sort(kind === "money" ? undefined : (a, b) => b[1] - a[1]);
    const format = ([key, sum]) => (kind === "money" ? formats.money(sum, key) : by ? `${formats.value({ name: by, kind: by_kind }, { [by]: key })} (${formats.number(sum)})` : formats.number(sum));
    const largest = kind === "money" ? groups : groups.slice(0, MAX_SENTENCE_GROUPS);
    return groups.length ? `${label}: ${largest.map(format).join(", ")}${largest.length < groups.length ? ", …" : ""}` : "";
  });
  return [formats.count(text.plans, planCount), ...parts.filter(Boolean)].join("; ") + ".";
}

function setSentence(chart, sentence, isFiltered) {
  chart.host.setAttribute("aria-label", isFiltered ? `${chart.title}. ${sentence}` : sentence);
  const paragraph = chart.host.parentElement.querySelector(".sentence");
  if (paragraph) paragraph.textContent = sentence;
}

/** Gives a chart the rows that pass the filters; false if they have not changed. */
function setRows(chart, rows, planCount, isFiltered) {
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

/** Measures the chart at two panel widths, then draws it as wide as its container. */
async function fitChart(chart) {
  const space = Math.floor(chart.host.clientWidth);
  if (!space || !Object.keys(chart.widths).length || chart.fittedWidth === space) return;
  chart.fittedWidth = space;
  for (const [name, [columns, narrowColumns]] of Object.entries(chart.columns)) chart.view.signal(name, space < NARROW_WIDTH ? narrowColumns : columns);
  await widenPanels(chart, 0);
  const width = svgWidth(chart);
  await widenPanels(chart, 40);
  const ratio = (svgWidth(chart) - width) / 40;
  const pixels = ratio > 0 ? Math.floor((space - width - 1) / ratio) : 0;
  await widenPanels(chart, pixels);
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
