"use strict";
// The address: filters and marks stand behind its #, so that a link can be sent and the back button works.

const MAX_TEXT = 200;

const parameterName = (element) => element.dataset.filter + (element.dataset.bound ? "." + element.dataset.bound : "");

function hashOfState() {
  const parameters = new URLSearchParams();
  for (const element of controls) {
    const name = parameterName(element);
    if (element.tagName === "FIELDSET") for (const box of element.querySelectorAll("input:checked")) parameters.append(name, box.value);
    else if (element.value && !(name === "date-field" && element.value === "purchase")) parameters.append(name, element.value);
  }
  writeMarks(parameters);
  return parameters.toString();
}

/** What the last entry of the history was written for; while it is typed on, the entry is replaced. */
let typedControl = null;

function writeHash() {
  const hash = hashOfState();
  if (hash === location.hash.slice(1)) return;
  const element = document.activeElement;
  const isTyping = element?.matches?.("input[type=text], input[type=number], input[type=date]") && element === typedControl;
  typedControl = element;
  history[isTyping ? "replaceState" : "pushState"](null, "", hash ? "#" + hash : location.pathname + location.search);
}

/** Sets a control to a value of the address, if it can have that value. */
function setControl(element, value) {
  if (element.tagName === "SELECT") {
    if ([...element.options].some((option) => option.value === value)) element.value = value;
    return;
  }
  const isValid = { date: /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value)), number: /^\d{1,3}$/.test(value) }[element.type] ?? true;
  element.value = isValid ? value.slice(0, MAX_TEXT) : "";
}

/** Reads filters and marks from the address; false if it has none, as a link to a section. */
function readHash() {
  const hash = location.hash.slice(1);
  const parameters = new URLSearchParams(hash);
  const isKnown = (name) => markSources.has(name) || controls.some((element) => parameterName(element) === name);
  if (hash && ![...parameters.keys()].some(isKnown)) return false;
  for (const element of controls) {
    const values = parameters.getAll(parameterName(element));
    if (element.tagName === "FIELDSET") for (const box of element.querySelectorAll("input")) box.checked = values.includes(box.value);
    else {
      element.value = element.dataset.filter === "date-field" ? "purchase" : "";
      if (values.length) setControl(element, values[0]);
    }
  }
  readMarks(parameters);
  return true;
}

/** The part of the page to which the address leads; empty if it cannot be decoded. */
function decodedHash() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return "";
  }
}
