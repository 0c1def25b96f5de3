"use strict";
// Sections: a narrow screen begins with them folded; the contents list opens them, and so does printing.

const sections = [...document.querySelectorAll("details.section")];
const narrowScreen = matchMedia("(max-width: 640px)");

function foldSections() {
  for (const section of sections) section.open = !narrowScreen.matches;
}

/** Opens the sections around an element and brings it into view; false if there is no such element. */
function showPart(id) {
  const target = id && document.getElementById(id);
  if (!target) return false;
  for (let section = target.closest("details"); section; section = section.parentElement?.closest("details")) section.open = true;
  const heading = target.closest("summary") ?? target;
  if (!heading.matches("summary, a, button, input")) heading.tabIndex = -1;
  heading.scrollIntoView();
  heading.focus({ preventScroll: true });
  return true;
}

function addSectionListeners() {
  foldSections();
  narrowScreen.addEventListener("change", foldSections);
  for (const section of sections) section.addEventListener("toggle", () => scheduleFit());
  // The address has the filters, so a link to a part of the page does not replace them.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="#"]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    if (showPart(link.getAttribute("href").slice(1))) event.preventDefault();
  });
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details.section:not([open])")];
    for (const section of opened) section.open = true;
  });
  addEventListener("afterprint", () => {
    for (const section of opened) section.open = false;
  });
}
