"use strict";
// The plans that match the filters, and sums of their rows, by the same rules as smartinst/analytics.

/** The values of a column: a list, or indexes into `of`; runs alternate values and their counts. */
function columnValues(column) {
  if (Array.isArray(column)) return column;
  const { of, at = [], runs = [] } = column;
  for (let k = 0; k < runs.length; k += 2) for (let n = runs[k + 1]; n > 0; n--) at.push(runs[k]);
  return of ? at.map((index) => (index === null ? null : of[index])) : at;
}

const unpack = (table) => Object.fromEntries(Object.entries(table).map(([name, column]) => [name, columnValues(column)]));

/** Text without case and accents, by the same rules as smartinst/analytics/filters.py. */
const foldText = (text) =>
  (text ?? "")
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll("ς", "σ");

/** Kind of filter → (frames, filter, value) → whether plan i matches. */
const RULES = {
  product: ({ plans }, { column }, value) => {
    const part = foldText(value.trim());
    return (i) => plans.product_id[i] === value.trim() || (plans[column][i] !== null && foldText(plans[column][i]).includes(part));
  },
  contains: ({ plans }, { column }, value) => {
    const part = foldText(value.trim());
    return (i) => plans[column][i] !== null && foldText(plans[column][i]).includes(part);
  },
  equals: ({ plans }, { column }, value) => (i) => plans[column][i] === value,
  one_of: ({ plans }, { column }, value) => (i) => value.includes(plans[column][i]),
  code: ({ plans }, { column }, value) => (i) => (plans[column][i] ?? []).includes(value.trim()),
  between: ({ plans }, { column }, { min, max }) => (i) => {
    const number = plans[column][i];
    return number !== null && (min === "" || number >= Number(min)) && (max === "" || number <= Number(max));
  },
  dates: ({ plans, charges }, _, { from, to, field }) => {
    const within = (day) => day !== null && (!from || day >= from) && (!to || day <= to);
    if (field === "purchase") return (i) => within(plans.purchase_date[i]);
    const days = field === "due" ? charges.due_date : charges.paid_date;
    const counts = field === "due" ? (c) => charges.state[c] !== "released" : () => true;
    const matches = new Set();
    charges.p.forEach((plan, c) => counts(c) && within(days[c]) && matches.add(plan));
    return (i) => matches.has(i);
  },
};
RULES.transaction = RULES.code;

/** One byte per plan, 1 if it matches. `active`: [filter, value] of the filters that are set. */
function matchPlans(frames, active) {
  const rules = active.map(([filter, value]) => RULES[filter.kind](frames, filter, value));
  return Uint8Array.from(frames.plans.plan_id, (_, i) => (rules.every((rule) => rule(i)) ? 1 : 0));
}

const compare = (a, b) => (a === null ? (b === null ? 0 : 1) : b === null ? -1 : a < b ? -1 : a > b ? 1 : 0);

/** Currency → its place in the report, with filters too: that with the most live plans first (smartinst/analytics/currency_order.py). */
const currencyPlaces = new Map();
const place = (code) => currencyPlaces.get(code) ?? code;
const compareCurrencies = (a, b) => compare(place(a), place(b));
const comparison = (name) => (name === "currency" || name === "commission_currency" ? compareCurrencies : compare);

const SMALL_SHARE = 0.02;

/** The currencies of the plans that match, in the order of the report; those with few plans are small, but not the one with the most live plans. */
function currencyCounts({ plans }, matches) {
  const counts = new Map();
  matches.forEach((isMatch, i) => {
    const code = plans.currency[i];
    if (!isMatch || code === null) return;
    const count = counts.get(code) ?? counts.set(code, { code, plans: 0, live: 0 }).get(code);
    count.plans += 1;
    count.live += plans.live_plans[i];
  });
  const all = [...counts.values()].reduce((sum, count) => sum + count.plans, 0);
  const [main] = [...counts.values()].sort((a, b) => b.live - a.live || b.plans - a.plans || compare(a.code, b.code));
  const isSmall = (count) => count !== main && count.plans < SMALL_SHARE * all;
  return [...counts.values()].sort((a, b) => compareCurrencies(a.code, b.code)).map((count) => ({ ...count, isSmall: isSmall(count) }));
}

/** The figure's rows over the matching plans: grouped by its keys, summed, without rows of zeros, sorted. */
function fold({ grain, by, sums, where, raw }, frames, matches) {
  const table = frames[grain] ?? {};
  const count = (table[by[0]] ?? []).length;
  const isIncluded = (i) => matches[table.p && grain !== "plans" ? table.p[i] : i] && (!where || table[where][i]);
  const groups = new Map();
  const rows = [];
  for (let i = 0; i < count; i++) {
    if (!isIncluded(i)) continue;
    if (raw) {
      rows.push(Object.fromEntries([...by, ...sums].map((name) => [name, table[name][i]])));
      continue;
    }
    const key = by.map((name) => table[name][i] ?? "\u0000").join("\u0001");
    let row = groups.get(key);
    if (!row) groups.set(key, (row = Object.fromEntries([...by.map((name) => [name, table[name][i]]), ...sums.map((name) => [name, 0])])));
    for (const name of sums) row[name] += table[name][i] ?? 0;
  }
  if (raw) return rows;
  const order = (a, b) => by.reduce((result, name) => result || comparison(name)(a[name], b[name]), 0);
  return [...groups.values()].filter((row) => sums.some((name) => row[name])).sort(order);
}

/** A figure's rows for its table: sorted, with required values and denominators of shares, without empty rows. */
function tableRows({ figure, columns, every, nonzero, sort }, figureRows) {
  let rows = figureRows.map((row) => ({ ...row }));
  if (every && rows.length) {
    const zeros = Object.fromEntries(figure.sums.map((name) => [name, 0]));
    rows = every.values.map((value) => rows.find((row) => row[every.name] === value) ?? { ...zeros, [every.name]: value });
  }
  for (const { name, denominator, within } of columns.filter((column) => column.within)) {
    const key = (row) => JSON.stringify(within.map((part) => row[part]));
    const totals = new Map();
    for (const row of rows) totals.set(key(row), (totals.get(key(row)) ?? 0) + row[denominator]);
    for (const row of rows) row["denominator of " + name] = totals.get(key(row));
  }
  if (nonzero.length) rows = rows.filter((row) => nonzero.some((name) => row[name]));
  const nullsLast = (a, b) => (a === null) - (b === null);
  const order = (a, b) =>
    sort.reduce((result, [name, direction]) => result || nullsLast(a[name], b[name]) || (direction === "desc" ? -1 : 1) * comparison(name)(a[name], b[name]), 0);
  return sort.length ? rows.sort(order) : rows;
}
