// A text input with suggestions for the current text only, since a list of all values would slow down the browser.
let instances = 0;

function render({ model, el }) {
  const input = document.createElement("input"), list = document.createElement("datalist");
  list.id = `smartinst-suggestions-${++instances}`;
  input.type = "text";
  input.className = "smartinst-autocomplete";
  input.setAttribute("list", list.id);
  input.autocomplete = "off";
  el.append(input, list);

  function save(name) {
    if (model.get(name) === input.value) return;
    model.set(name, input.value);
    model.save_changes();
  }
  let timer = 0;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(save, 120, "input_text");
  });
  input.addEventListener("change", () => save("value"));
  input.addEventListener("keydown", ({ key }) => key === "Enter" && save("value"));  // no change event in JupyterLab

  function showSuggestions() {
    list.replaceChildren(...model.get("suggestions").map((text) => new Option(text, text)));
  }
  function showValue() {
    input.value = model.get("value");
  }
  model.on("change:suggestions", showSuggestions);
  model.on("change:value", showValue);
  showSuggestions();
  showValue();
  return () => {
    clearTimeout(timer);
    model.off("change:suggestions", showSuggestions);
    model.off("change:value", showValue);
  };
}

export default { render };
