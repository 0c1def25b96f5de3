// JupyterLab handles arrows, Enter and letters as shortcuts unless the focused element has this attribute.
const ATTRIBUTE = "data-lm-suppress-shortcuts";

function render({ el }) {
  function block(event) {
    const area = el.closest(".jp-OutputArea-output");
    if (!area?.contains(event.target)) return;
    const hasModifier = event.ctrlKey || event.metaKey || event.altKey;  // Ctrl+S still saves
    event.target.toggleAttribute(ATTRIBUTE, !hasModifier);
  }
  window.addEventListener("keydown", block, true);  // JupyterLab listens on the document, so this runs first
  return () => window.removeEventListener("keydown", block, true);
}

export default { render };
