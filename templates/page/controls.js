"use strict";
// The data of the page and its filter controls.

const page = JSON.parse(document.getElementById("data").textContent);
const frames = page.data ? Object.fromEntries(Object.entries(page.data).map(([grain, table]) => [grain, unpack(table)])) : { plans: { plan_id: [] } };
const formats = createFormats(page.words);
Object.keys(page.words.currencies).forEach((code, index) => currencyPlaces.set(code, index));
const text = page.words.text;
const $ = (id) => document.getElementById(id);
const createElement = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null && value !== undefined) element.setAttribute(name, value);
  element.append(...children);
  return element;
};

const controls = [...document.querySelectorAll("[data-filter]")];
const control = (name) => controls.find((element) => element.dataset.filter === name);
const bound = (name, end) => controls.find((element) => element.dataset.filter === name && element.dataset.bound === end);

function filterValue(filter) {
  if (filter.kind === "one_of") return [...control(filter.name).querySelectorAll("input:checked")].map((box) => box.value);
  if (filter.kind === "between") return { min: bound(filter.name, "min").value, max: bound(filter.name, "max").value };
  return control(filter.name).value;
}

const isSet = (value) => (Array.isArray(value) ? value.length > 0 : typeof value === "object" ? value.min !== "" || value.max !== "" : value !== "");

/** [filter, value] of every filter that is set; the two days of a range and the date that they apply to are one filter. */
function activeFilters() {
  const values = page.filters.filter((filter) => !["from", "to", "date_field"].includes(filter.kind)).map((filter) => [filter, filterValue(filter)]);
  const days = { from: control("from")?.value, to: control("to")?.value, field: control("date-field")?.value || "purchase" };
  return [...values.filter(([, value]) => isSet(value)), ...(days.from || days.to ? [[{ kind: "dates", name: "dates" }, days]] : [])];
}

function describeFilter([filter, value]) {
  const label = (name) => page.filters.find((other) => other.name === name)?.label ?? name;
  if (filter.kind === "dates") {
    const field = control("date-field");
    const fieldLabel = field ? field.selectedOptions[0].textContent : "";
    return [fieldLabel || label("from"), [value.from, value.to].map((day) => (day ? formats.date(day) : "…")).join(" – ")];
  }
  if (filter.kind === "between") return [filter.label, [value.min, value.max].map((end) => end || "…").join(" – ")];
  if (filter.kind === "one_of") return [filter.label, value.map((status) => page.words.statuses[status] ?? status).join(", ")];
  const element = control(filter.name);
  return [filter.label, element.tagName === "SELECT" ? element.selectedOptions[0].textContent : value];
}

/** Empties the controls of a filter. */
function releaseFilter({ kind, name }) {
  const names = kind === "dates" ? ["from", "to"] : [name];
  for (const element of controls.filter((candidate) => names.includes(candidate.dataset.filter))) {
    if (element.tagName === "FIELDSET") for (const box of element.querySelectorAll("input")) box.checked = false;
    else element.value = "";
  }
  draw();
}
