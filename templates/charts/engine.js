"use strict";

/** Vega in an engine that is no browser: a Vega-Lite spec as SVG or as Vega, both as text.
 *
 * Load before vega.min.js and vega-lite.min.js, then call `chartEngine.measureWith`.
 */
globalThis.chartEngine = (() => {
  const NAMED_WEIGHTS = { normal: 400, bold: 700, bolder: 700, lighter: 400 };
  const SPACES = /[ \t\n\r]+/g;
  const BASE = "https://vega.github.io/vega-datasets/"; // vl-convert completes addresses of images with it
  const ENDS = /^ | $/g;
  const tasks = new Map();
  let lastTask = 0;
  let outcome = null;

  const logger = { level: () => logger, error: () => logger, warn: () => logger, info: () => logger, debug: () => logger };

  function clone(value) {
    if (Array.isArray(value)) return value.map(clone);
    if (value instanceof Date) return new Date(value.getTime());
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, clone(item)]));
  }

  /** The nearest weight of the bundled font. */
  function nearestWeight(weight) {
    const number = NAMED_WEIGHTS[weight] ?? (weight == null ? 400 : Number(weight) || 400);
    return number <= 500 ? 400 : number <= 600 ? 600 : 700;
  }

  /** Sets how texts are measured: weight → letter → advance, in units of the font. */
  function measureWith(text) {
    const { unitsPerEm, replacement, advances } = JSON.parse(text);
    vega.textMetrics.width = (item, value) => {
      const letters = String(value).replace(SPACES, " ").replace(ENDS, "").normalize("NFC");
      const widths = advances[nearestWeight(item.fontWeight)];
      const size = item.fontSize == null ? 11 : +item.fontSize || 0;
      const scale = Math.fround(size / unitsPerEm);
      let width = 0;
      for (const letter of letters) {
        width = Math.fround(width + Math.fround((widths[letter] ?? widths[replacement]) * scale));
      }
      return item.limit > 0 ? Math.min(width, item.limit) : width;
    };
  }

  /** A loader that refuses every address and notes it, so that a spec reads no file and no network. */
  function closedLoader(refusals) {
    const loader = vega.loader({ mode: "http", baseURL: BASE });
    const refuse = async (address) => {
      refusals.push(`External data url not allowed: ${address}`);
      throw new Error(refusals.at(-1));
    };
    return Object.assign(loader, { load: refuse, http: refuse, file: refuse });
  }

  function compile(text) {
    const spec = JSON.parse(text);
    if (spec.usermeta?.embedOptions?.theme) throw new Error("a theme by name");
    vegaLite.resetIdCounter();
    return vegaLite.compile(spec, { logger }).spec;
  }

  async function draw(text) {
    vega.resetSVGDefIds(); // a chart has the same ids whatever was drawn before it
    const refusals = [];
    const options = { renderer: "none", loader: closedLoader(refusals), logger };
    const view = new vega.View(vega.parse(compile(text)), options);
    try {
      await view.runAsync();
      try {
        view.signal("geo_interval_init_tick", {}); // until Vega's issue 3481 is closed
      } catch {
        // most charts have no such signal
      }
      await view.runAsync();
      if (refusals.length) throw new Error(refusals.join());
      return await view.toSVG();
    } finally {
      view.finalize();
      vega.resetDefaultLocale();
    }
  }

  /** Starts to draw; `proceed` until it returns false, then `svg` or `error` is there. */
  function start(text) {
    outcome = null;
    tasks.clear();
    draw(text).then(
      (svg) => (outcome = { svg }),
      (error) => (outcome = { error: String(error) }),
    );
  }

  /** Runs what Vega does after a while, now; false if nothing is left to do or the picture is there. */
  function proceed() {
    const [first] = tasks;
    if (outcome || !first) return false;
    tasks.delete(first[0]);
    first[1]();
    return true;
  }

  globalThis.structuredClone = clone;
  globalThis.setTimeout = (task) => tasks.set(++lastTask, task) && lastTask;
  globalThis.clearTimeout = (number) => tasks.delete(number);
  return {
    measureWith,
    start,
    proceed,
    svg: () => outcome?.svg ?? null,
    error: () => outcome?.error ?? null,
    vega: (text) => JSON.stringify(compile(text)),
  };
})();
