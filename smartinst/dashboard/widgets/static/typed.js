// A text to filter by. What occurs is suggested by what is typed: a list of everything would slow the browser.
let made = 0;

function render({ model, el }) {
  const box = document.createElement("input"), list = document.createElement("datalist");
  list.id = `smartinst-offered-${++made}`;
  box.type = "text";
  box.className = "smartinst-autocomplete";
  box.setAttribute("list", list.id);
  box.autocomplete = "off";
  el.append(box, list);

  function tell(name) {
    if (model.get(name) === box.value) return;
    model.set(name, box.value);
    model.save_changes();
  }
  let waiting = 0;
  box.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(tell, 120, "typed");
  });
  box.addEventListener("change", () => tell("value"));
  box.addEventListener("keydown", ({ key }) => key === "Enter" && tell("value"));  // JupyterLab keeps Enter from changing it

  function offer() {
    list.replaceChildren(...model.get("offered").map((text) => new Option(text, text)));
  }
  function show() {
    box.value = model.get("value");
  }
  model.on("change:offered", offer);
  model.on("change:value", show);
  offer();
  show();
  return () => {
    clearTimeout(waiting);
    model.off("change:offered", offer);
    model.off("change:value", show);
  };
}

export default { render };
