"use strict";
// Values as the reader's language writes them; the signs and names come from smartinst/i18n/locales.py.

const NOTHING = "–";

function writer(words) {
  const plural = new Intl.PluralRules(words.tag);
  const grouped = (digits) => digits.replace(/\B(?=(\d{3})+$)/g, words.thousands);
  const number = (value) => (value < 0 ? words.minus : "") + grouped(String(Math.abs(Math.round(value))));
  const money = (minor, currency) => {
    const { before, after, exponent } = words.currencies[currency] ?? { before: currency + " ", after: "", exponent: 2 };
    const digits = String(Math.abs(minor)).padStart(exponent + 1, "0");
    const whole = grouped(digits.slice(0, digits.length - exponent));
    const rest = exponent ? words.decimal + digits.slice(-exponent) : "";
    return (minor < 0 ? words.minus : "") + before + whole + rest + after;
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
  };
  const percent = (top, bottom) => (bottom ? number((top * 100) / bottom) + words.percent : NOTHING);
  const value = (column, row) => {
    const [more, less] = column.minus ?? [];
    const raw = more ? row[more] - row[less] : row[column.name];
    const found = column.labels?.[raw] ?? raw;
    if (column.kind === "percent") return percent(row[column.numerator], row[column.within ? "whole of " + column.name : column.denominator]);
    if (column.kind === "country" && !found) return words.text.unknown_country;
    if (found === null || found === undefined || found === "") return NOTHING;
    if (column.kind === "money") return money(found, column.currency ?? row[column.currency_column]);
    return (kinds[column.kind] ?? String)(found);
  };
  return { number, money, date, fill, count, value };
}
