"use strict";
// Which plans pass the filters, and the sums of their rows: the same rules as smartinst/analytics, on the embedded rows.

const unpack = (table) =>
  Object.fromEntries(
    Object.entries(table).map(([name, column]) => [
      name,
      Array.isArray(column) ? column : column.at.map((at) => (at === null ? null : column.of[at])),
    ]),
  );

/** Text without case and accents, as smartinst/analytics/filters.py folds it. */
const folded = (text) =>
  (text ?? "")
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll("ς", "σ");

/** For each kind of filter: (frames, filter, wanted value, all wanted) → does plan i pass? */
const RULES = {
  product: ({ plans }, { column }, wanted) => {
    const part = folded(wanted.trim());
    return (i) => plans.product_id[i] === wanted.trim() || (plans[column][i] !== null && folded(plans[column][i]).includes(part));
  },
  contains: ({ plans }, { column }, wanted) => {
    const part = folded(wanted.trim());
    return (i) => plans[column][i] !== null && folded(plans[column][i]).includes(part);
  },
  equals: ({ plans }, { column }, wanted) => (i) => plans[column][i] === wanted,
  one_of: ({ plans }, { column }, wanted) => (i) => wanted.includes(plans[column][i]),
  code: ({ plans }, { column }, wanted) => (i) => (plans[column][i] ?? []).includes(wanted.trim()),
  between: ({ plans }, { column }, { min, max }) => (i) => {
    const value = plans[column][i];
    return value !== null && (min === "" || value >= Number(min)) && (max === "" || value <= Number(max));
  },
  dates: ({ plans, charges }, _, { from, to, field }) => {
    const within = (day) => day !== null && (!from || day >= from) && (!to || day <= to);
    if (field === "purchase") return (i) => within(plans.purchase_date[i]);
    const days = field === "due" ? charges.due_date : charges.paid_date;
    const meant = field === "due" ? (c) => charges.state[c] !== "released" : () => true;
    const found = new Set();
    charges.p.forEach((plan, c) => meant(c) && within(days[c]) && found.add(plan));
    return (i) => found.has(i);
  },
};
RULES.transaction = RULES.code;

/** One byte a plan: 1 passes. `wanted`: [filter, value] of the filters that are set. */
function passing(frames, wanted) {
  const rules = wanted.map(([filter, value]) => RULES[filter.kind](frames, filter, value));
  return Uint8Array.from(frames.plans.plan_id, (_, i) => (rules.every((rule) => rule(i)) ? 1 : 0));
}

const compare = (a, b) => (a === null ? (b === null ? 0 : 1) : b === null ? -1 : a < b ? -1 : a > b ? 1 : 0);

/** The figure's rows over the plans that pass: grouped by its keys, summed, rows of zeros left out, sorted. */
function fold({ grain, by, sums, where, raw }, frames, keep) {
  const table = frames[grain] ?? {};
  const count = (table[by[0]] ?? []).length;
  const chosen = (i) => keep[table.p && grain !== "plans" ? table.p[i] : i] && (!where || table[where][i]);
  const groups = new Map();
  const rows = [];
  for (let i = 0; i < count; i++) {
    if (!chosen(i)) continue;
    if (raw) {
      rows.push(Object.fromEntries([...by, ...sums].map((name) => [name, table[name][i]])));
      continue;
    }
    const key = by.map((name) => JSON.stringify(table[name][i])).join();
    let row = groups.get(key);
    if (!row) groups.set(key, (row = Object.fromEntries([...by.map((name) => [name, table[name][i]]), ...sums.map((name) => [name, 0])])));
    for (const name of sums) row[name] += table[name][i] ?? 0;
  }
  if (raw) return rows;
  const order = (a, b) => by.reduce((found, name) => found || compare(a[name], b[name]), 0);
  return [...groups.values()].filter((row) => sums.some((name) => row[name])).sort(order);
}

/** A figure's rows as its table lists them: every wanted value there, shares of their whole, rows of nothing left out, sorted. */
function arranged({ figure, columns, every, nonzero, sort }, rows) {
  let found = rows.map((row) => ({ ...row }));
  if (every && rows.length) {
    const nothing = Object.fromEntries(figure.sums.map((name) => [name, 0]));
    found = every.values.map((value) => found.find((row) => row[every.name] === value) ?? { ...nothing, [every.name]: value });
  }
  for (const { name, denominator, within } of columns.filter((column) => column.within)) {
    const key = (row) => JSON.stringify(within.map((one) => row[one]));
    const wholes = new Map();
    for (const row of found) wholes.set(key(row), (wholes.get(key(row)) ?? 0) + row[denominator]);
    for (const row of found) row["whole of " + name] = wholes.get(key(row));
  }
  if (nonzero.length) found = found.filter((row) => nonzero.some((name) => row[name]));
  const last = (a, b) => (a === null) - (b === null);
  const order = (a, b) =>
    sort.reduce((so, [name, way]) => so || last(a[name], b[name]) || (way === "desc" ? -1 : 1) * compare(a[name], b[name]), 0);
  return sort.length ? found.sort(order) : found;
}
