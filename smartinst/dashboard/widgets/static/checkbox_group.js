// One checkbox per option, with its count; `value` contains the checked ones. If only counts change, the checkboxes are
// reused, so that the keyboard focus is kept.
function render({ model, el }) {
  const group = document.createElement("div");
  group.className = "smartinst-checkboxes";
  group.setAttribute("role", "group");
  el.append(group);

  function createOption([label, value, count]) {
    const line = document.createElement("label"), checkbox = document.createElement("input");
    const name = document.createElement("span"), countText = document.createElement("span");
    checkbox.type = "checkbox";
    checkbox.value = value;
    checkbox.checked = model.get("value").includes(value);
    checkbox.addEventListener("change", () => {
      const others = model.get("value").filter((other) => other !== value);
      model.set("value", checkbox.checked ? [...others, value] : others);
      model.save_changes();
    });
    name.className = "smartinst-status";
    name.dataset.status = value;
    name.textContent = label;
    countText.className = "smartinst-choice-count";
    countText.textContent = count;
    line.append(checkbox, name, countText);
    return line;
  }

  function draw() {
    const options = model.get("options"), lines = [...group.children];
    group.setAttribute("aria-label", model.get("label"));
    const isSame = options.length === lines.length
      && options.every(([, value], index) => value === lines[index].firstChild.value);
    if (!isSame) return group.replaceChildren(...options.map(createOption));
    options.forEach(([, , count], index) => {
      lines[index].querySelector(".smartinst-choice-count").textContent = count;
    });
  }

  function updateChecked() {
    for (const checkbox of group.querySelectorAll("input")) {
      checkbox.checked = model.get("value").includes(checkbox.value);
    }
  }
  model.on("change:options", draw);
  model.on("change:value", updateChecked);
  draw();
  return () => {
    model.off("change:options", draw);
    model.off("change:value", updateChecked);
  };
}

export default { render };
