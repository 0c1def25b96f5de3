// Sets what ipywidgets does not: the language of a part and the accessible names of its controls. A filter's caption
// names the control below it and, with a bound, each handle of a slider. On a Voilà page, also sets title and language.
function render({ model, el }) {
  const [lowerBound, upperBound] = model.get("bounds");
  let controlObserver = null;

  function labelFilter(filter) {
    const caption = filter.querySelector(".smartinst-label")?.textContent;
    if (!caption) return;
    for (const control of filter.querySelectorAll("select, input:not(label input)")) {
      control.setAttribute("aria-label", caption);
    }
    for (const readout of filter.querySelectorAll("[contenteditable]")) {
      readout.setAttribute("role", "textbox");
      readout.setAttribute("aria-label", caption);
    }
    filter.querySelectorAll("[role=slider]").forEach((handle, index) => {
      handle.setAttribute("aria-label", `${caption}: ${index ? upperBound : lowerBound}`);
    });
  }

  function labelPart(part) {
    part.lang = model.get("lang");
    if (model.get("title") && document.body.dataset.voila) {
      document.title = model.get("title");
      document.documentElement.lang = model.get("lang");
    }
    const labelFilters = () => part.querySelectorAll(".smartinst-filter").forEach(labelFilter);
    labelFilters();
    controlObserver = new MutationObserver(labelFilters);  // controls are added later, and again after a reload
    controlObserver.observe(part, { childList: true, subtree: true });
  }

  const partObserver = new MutationObserver(findPart);
  function findPart() {
    const part = el.closest(".smartinst-part");
    if (!part) return;
    partObserver.disconnect();
    labelPart(part);
  }
  partObserver.observe(document.body, { childList: true, subtree: true });
  findPart();
  return () => {
    partObserver.disconnect();
    controlObserver?.disconnect();
  };
}

export default { render };
