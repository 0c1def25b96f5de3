"use strict";
// Formats values in the reader's language; separators and names come from smartinst/i18n/locales.py.

const NO_VALUE = "–";

function createFormats(words) {
  const plural = new Intl.PluralRules(words.tag);
  const groupDigits = (digits) => digits.replace(/\B(?=(\d{3})+$)/g, words.thousands);
  const number = (value) => (value < 0 ? words.minus : "") + groupDigits(String(Math.abs(Math.round(value))));
  const money = (minor, currency) => {
    const { before, after, exponent } = words.currencies[currency] ?? { before: currency + " ", after: "", exponent: 2 };
    const digits = String(Math.abs(minor)).padStart(exponent + 1, "0");
    const whole = groupDigits(digits.slice(0, digits.length - exponent));
    const fraction = exponent ? words.decimal + digits.slice(-exponent) : "";
    return (minor < 0 ? words.minus : "") + before + whole + fraction + after;
  };
  const date = (day) => {
    const [y, m, d] = day.split("-");
    const parts = { y, yyyy: y, MMM: words.months[m - 1], MM: m, M: Number(m), dd: d, d: Number(d) };
    return words.datePattern.replace(/'([^']*)'|y+|M+|d+/g, (part, quoted) => quoted ?? parts[part] ?? part);
  };
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  const count = (forms, n, values = {}) => {
    const place = words.plurals[plural.select(n)] ?? words.plurals.other;
    return fill(forms[Math.min(place, forms.length - 1)], { n: number(n), ...values });
  };
  const kinds = {
    integer: number,
    date,
    month: (month) => `${words.months[Number(month.slice(5, 7)) - 1]} ${month.slice(0, 4)}`,
    days: (n) => count(words.text.days, n),
    status: (status) => words.statuses[status] ?? status,
    country: (code) => words.countries[code] ?? code,
    payment: (code) => words.payments[code] ?? code,
    list: (values) => values.join(", "),
    state: (state) => words.states[state] ?? state,
    refusal: (message) => words.refusals[message] ?? message,
  };
  const percent = (top, bottom) => (bottom ? number((top * 100) / bottom) + words.percent : NO_VALUE);
  const value = (column, row) => {
    const [minuend, subtrahend] = column.minus ?? [];
    const raw = minuend ? row[minuend] - row[subtrahend] : row[column.name];
    const result = column.labels?.[raw] ?? raw;
    if (column.kind === "percent") return percent(row[column.numerator], row[column.within ? "denominator of " + column.name : column.denominator]);
    if (column.kind === "country" && !result) return words.text.unknown_country;
    if (result === null || result === undefined || result === "") return NO_VALUE;
    if (column.kind === "money") return money(result, column.currency ?? row[column.currency_column]);
    return (kinds[column.kind] ?? String)(result);
  };
  const list = (items) => (items.length < 2 ? items.join("") : fill(words.text.list, { items: items.slice(0, -1).join(", "), last: items.at(-1) }));
  return { number, money, date, fill, count, value, list };
}
