// JupyterLab takes arrows, Enter and letters for its cells, unless what has the focus carries this attribute.
const CLAIM = "data-lm-suppress-shortcuts";

function render({ el }) {
  function claim(event) {
    const area = el.closest(".jp-OutputArea-output");
    if (!area?.contains(event.target)) return;
    event.target.toggleAttribute(CLAIM, !(event.ctrlKey || event.metaKey || event.altKey)); // Ctrl+S still saves
  }
  window.addEventListener("keydown", claim, true); // before JupyterLab, which listens at the document
  return () => window.removeEventListener("keydown", claim, true);
}

export default { render };
