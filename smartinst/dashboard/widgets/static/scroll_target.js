// Scrolls its element into view whenever the kernel changes `turn`.
function render({ model, el }) {
  function scroll() {
    const isReduced = matchMedia("(prefers-reduced-motion: reduce)").matches;
    el.scrollIntoView({ behavior: isReduced ? "auto" : "smooth", block: "start" });
  }
  model.on("change:turn", scroll);
  return () => model.off("change:turn", scroll);
}

export default { render };
