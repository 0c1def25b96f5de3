// A place far below what was clicked: it comes into view when something is opened in it.
function render({ model, el }) {
  function come() {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    el.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
  }
  model.on("change:turn", come);
  return () => model.off("change:turn", come);
}

export default { render };
