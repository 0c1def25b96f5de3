// Boxes to tick, one an option, each with its count; what is ticked is `value`. Other counts leave the boxes in place:
// whoever ticks by keyboard stays there.
function render({ model, el }) {
  const group = document.createElement("div");
  group.className = "smartinst-checkboxes";
  group.setAttribute("role", "group");
  el.append(group);

  function box([label, value, count]) {
    const line = document.createElement("label"), tick = document.createElement("input");
    const name = document.createElement("span"), many = document.createElement("span");
    tick.type = "checkbox";
    tick.value = value;
    tick.checked = model.get("value").includes(value);
    tick.addEventListener("change", () => {
      const others = model.get("value").filter((one) => one !== value);
      model.set("value", tick.checked ? [...others, value] : others);
      model.save_changes();
    });
    name.className = "smartinst-status";
    name.dataset.status = value;
    name.textContent = label;
    many.className = "smartinst-choice-count";
    many.textContent = count;
    line.append(tick, name, many);
    return line;
  }

  function draw() {
    const options = model.get("options"), boxes = [...group.children];
    group.setAttribute("aria-label", model.get("label"));
    const same = options.length === boxes.length && options.every(([, value], at) => value === boxes[at].firstChild.value);
    if (!same) return group.replaceChildren(...options.map(box));
    options.forEach(([, , count], at) => {
      boxes[at].querySelector(".smartinst-choice-count").textContent = count;
    });
  }

  function tick() {
    for (const one of group.querySelectorAll("input")) one.checked = model.get("value").includes(one.value);
  }
  model.on("change:options", draw);
  model.on("change:value", tick);
  draw();
  return () => {
    model.off("change:options", draw);
    model.off("change:value", tick);
  };
}

export default { render };
