"use strict";
// Charts: Vega draws each from its compiled spec; rows come by name, widths follow the space there is.

const charts = [];
const LEAST_WIDTH = 90;
const NARROW = 560;

/** Vega parses only what it loads; rows handed over are parsed here, as the spec's source says. */
function parsed(rows, parse) {
  const dates = Object.entries(parse ?? {}).filter(([, kind]) => kind === "date").map(([name]) => name);
  return dates.length ? rows.map((row) => ({ ...row, ...Object.fromEntries(dates.map((name) => [name, row[name] === null ? null : new Date(row[name])])) })) : rows;
}

function startCharts() {
  const loader = { load: () => Promise.reject(new Error("offline")), sanitize: () => Promise.reject(new Error("offline")) };
  for (const chart of page.charts) {
    const host = document.querySelector(`[data-chart="${chart.anchor}"]`);
    if (!host) continue;
    try {
      const view = new vega.View(vega.parse(chart.vega, null, { ast: true }), { expr: vegaInterpreter.expressionInterpreter, renderer: "svg", loader, logLevel: vega.Error, hover: false });
      const inside = make("div");
      host.replaceChildren(inside);
      view.tooltip(tooltip).initialize(inside);
      for (const name of ["role", "aria-roledescription", "aria-label"]) inside.removeAttribute(name);
      charts.push({ ...chart, host, view, sentence: host.getAttribute("aria-label") });
    } catch (error) {
      failed(host);
    }
  }
  new ResizeObserver(() => fitAll()).observe(document.querySelector("main"));
}

const failed = (host) => host.replaceChildren(make("p", { class: "empty" }, text.undrawn));

/** A sentence tells the first so many products, countries, months; the chart and the table beside it have the others. */
const MOST_TOLD = 10;

/** What a chart of filtered rows shows, with its figures. */
function sentenceOf(chart, rows, count) {
  const parts = chart.told.map(({ name, label, kind, by, by_kind }) => {
    const sums = new Map();
    for (const row of rows) sums.set(row[by], (sums.get(row[by]) ?? 0) + (name ? row[name] : 1));
    const some = [...sums].filter(([, sum]) => sum).sort(kind === "money" ? undefined : (a, b) => b[1] - a[1]);
    const said = ([key, sum]) => (kind === "money" ? say.money(sum, key) : by ? `${say.value({ name: by, kind: by_kind }, { [by]: key })} (${say.number(sum)})` : say.number(sum));
    const first = kind === "money" ? some : some.slice(0, MOST_TOLD);
    return some.length ? `${label}: ${first.map(said).join(", ")}${first.length < some.length ? ", …" : ""}` : "";
  });
  return [say.count(text.plans, count), ...parts.filter(Boolean)].join("; ") + ".";
}

function tell(chart, sentence, isFiltered) {
  chart.host.setAttribute("aria-label", isFiltered ? `${chart.title}. ${sentence}` : sentence);
  const seen = chart.host.parentElement.querySelector(".sentence");
  if (seen) seen.textContent = sentence;
}

async function drawCharts(rowsOf, count, isFiltered) {
  for (const chart of charts) {
    try {
      if (chart.figure && rowsOf) {
        const rows = parsed(rowsOf(chart.figure), chart.parse);
        chart.view.data(chart.data, structuredClone(rows));
        const isEmpty = !rows.length;
        chart.host.hidden = isEmpty;
        chart.host.parentElement.querySelector(".none").hidden = !isEmpty;
        tell(chart, isFiltered ? sentenceOf(chart, rows, count) : chart.sentence, isFiltered);
      }
      await chart.view.resize().runAsync();
      const isCut = drawn(chart) > chart.host.clientWidth + 1;
      if (isCut) chart.fitted = 0;
      if (!chart.fitted) await fit(chart);
    } catch (error) {
      failed(chart.host);
    }
  }
}

// --- widths -----------------------------------------------------------------------------------------------------------

const drawn = (chart) => chart.host.querySelector("svg")?.getBoundingClientRect().width ?? 0;

/** Every panel by so many pixels wider than drawn for paper. */
function widen(chart, by) {
  for (const [name, width] of Object.entries(chart.widths)) {
    const value = Math.max(LEAST_WIDTH, width + by);
    if (name === "width") chart.view.width(value);
    else chart.view.signal(name, value);
  }
  return chart.view.resize().runAsync();
}

/** Two drawings tell how much a pixel of panel costs; the third fills the space. */
async function fit(chart) {
  const room = Math.floor(chart.host.clientWidth);
  if (!room || !Object.keys(chart.widths).length || chart.fitted === room) return;
  chart.fitted = room;
  for (const [name, [usual, narrow]] of Object.entries(chart.columns)) chart.view.signal(name, room < NARROW ? narrow : usual);
  await widen(chart, 0);
  const first = drawn(chart);
  await widen(chart, 40);
  const price = (drawn(chart) - first) / 40;
  const by = price > 0 ? Math.floor((room - first - 1) / price) : 0;
  await widen(chart, by);
  if (chart.host.scrollWidth > chart.host.clientWidth + 1) chart.host.tabIndex = 0;
  else chart.host.removeAttribute("tabindex");
}

let fitting = 0;
function fitAll() {
  clearTimeout(fitting);
  fitting = setTimeout(() => {
    drawing = drawing.then(async () => {
      for (const chart of charts) if (!chart.host.hidden) await fit(chart).catch(() => failed(chart.host));
    });
  }, 150);
}

// --- what a bar says --------------------------------------------------------------------------------------------------

function tooltip(_, event, item, value) {
  const box = $("tooltip");
  box.hidden = value === null || value === undefined || value === "";
  if (box.hidden) return;
  const told = typeof value === "object" ? Object.entries(value).map(([name, one]) => `${name}: ${one}`).join("\n") : String(value);
  box.textContent = told;
  box.style.left = Math.max(4, Math.min(event.clientX + 14, innerWidth - box.offsetWidth - 8)) + "px";
  box.style.top = Math.max(4, Math.min(event.clientY + 14, innerHeight - box.offsetHeight - 8)) + "px";
}
