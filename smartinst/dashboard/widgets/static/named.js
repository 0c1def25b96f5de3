// What ipywidgets leaves to the page: the language of a part, and the names of its controls. A filter's caption names the
// control below it; a slider's two handles are its ends. A page of Voilà's takes its title and language from the board.
function render({ model, el }) {
  const [least, most] = model.get("ends");

  function name(box) {
    const caption = box.querySelector(".smartinst-label")?.textContent;
    if (!caption) return;
    for (const control of box.querySelectorAll("select, input:not(label input)")) control.setAttribute("aria-label", caption);
    for (const typed of box.querySelectorAll("[contenteditable]")) {
      typed.setAttribute("role", "textbox");
      typed.setAttribute("aria-label", caption);
    }
    box.querySelectorAll("[role=slider]").forEach((handle, at) => {
      handle.setAttribute("aria-label", `${caption}: ${at ? most : least}`);
    });
  }

  function begin(part) {
    part.lang = model.get("lang");
    if (model.get("title") && document.body.dataset.voila) {
      document.title = model.get("title");
      document.documentElement.lang = model.get("lang");
    }
    const all = () => part.querySelectorAll(".smartinst-filter").forEach(name);
    all();
    seen = new MutationObserver(all);  // controls come later, and others when the ledger is read again
    seen.observe(part, { childList: true, subtree: true });
  }

  let seen = null;
  const waiting = new MutationObserver(attached);
  function attached() {
    const part = el.closest(".smartinst-part");
    if (!part) return;
    waiting.disconnect();
    begin(part);
  }
  waiting.observe(document.body, { childList: true, subtree: true });
  attached();
  return () => {
    waiting.disconnect();
    seen?.disconnect();
  };
}

export default { render };
