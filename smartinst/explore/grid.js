// A table of any length: only the rows in sight stand in the document; the kernel sends them when they are asked for.
const ROW = 32;

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function render({ model, el }) {
  const root = element("div", "smartinst-grid");
  const view = element("div", "smartinst-view");
  view.tabIndex = 0;
  view.setAttribute("role", "region");
  const table = element("table");
  const head = element("thead"), body = element("tbody");
  const above = element("tbody"), below = element("tbody");
  table.append(head, above, body, below);
  view.append(table);
  const said = element("div", "smartinst-said");
  said.setAttribute("aria-live", "polite");
  root.append(view, said);
  el.append(root);

  function number(n) {
    return String(n).replace(/\B(?=(\d{3})+(?!\d))/g, model.get("labels").separator);
  }

  const AFTER = 3; // action and WhatsApp stand beside the buyer

  function heading() {
    const order = model.get("order");
    const row = element("tr");
    row.append(element("th", "smartinst-check"));
    for (const column of model.get("columns")) {
      const cell = element("th", column.right ? "right" : "");
      const button = element("button", "", column.label);
      const is = order.column === column.name;
      cell.setAttribute("aria-sort", is ? (order.descending ? "descending" : "ascending") : "none");
      if (is) button.textContent += order.descending ? " ↓" : " ↑";
      if (column.name === "action") button.disabled = true;
      button.addEventListener("click", () => {
        model.set("order", { column: column.name, descending: is ? !order.descending : column.right });
        model.save_changes();
        view.scrollTop = 0;
      });
      cell.append(button);
      row.append(cell);
    }
    row.insertBefore(element("th", "", "WhatsApp"), row.children[AFTER + 1]);
    row.insertBefore(row.lastChild, row.children[AFTER + 1]);
    head.replaceChildren(row);
  }

  function spacer(place, rows, width) {
    if (rows <= 0) return place.replaceChildren();
    const row = element("tr"), cell = element("td", "smartinst-space");
    cell.colSpan = width;
    cell.style.height = `${rows * ROW}px`;
    row.append(cell);
    place.replaceChildren(row);
  }

  function line(row) {
    const made = element("tr", model.get("opened") === row.id ? "opened" : "");
    made.dataset.planId = row.id;
    const check = element("td", "smartinst-check"), box = element("input");
    box.type = "checkbox";
    box.setAttribute("aria-label", `${model.get("labels").select} ${row.id}`);
    box.checked = model.get("selected").includes(row.id);
    box.addEventListener("click", (event) => {
      event.stopPropagation();
      const others = model.get("selected").filter((one) => one !== row.id);
      model.set("selected", box.checked ? [...others, row.id] : others);
      model.save_changes();
    });
    check.append(box);
    made.append(check);
    const columns = model.get("columns");
    row.cells.forEach((text, at) => {
      const cell = element("td", columns[at].right ? "right" : "");
      cell.title = text;
      if (at === 0) {
        const open = element("button", "smartinst-open", text);
        cell.append(open);
      } else if (columns[at].name === "status") {
        const badge = element("span", "smartinst-status", text);
        badge.dataset.status = row.status;
        cell.append(badge);
      } else cell.textContent = text;
      made.append(cell);
    });
    const contact = element("td");
    if (row.link.startsWith("https://wa.me/")) {
      const link = element("a", "", "WhatsApp");
      link.href = row.link;
      link.target = "_blank";
      link.rel = "noopener noreferrer";
      link.addEventListener("click", (event) => event.stopPropagation());
      contact.append(link);
    }
    made.insertBefore(contact, made.children[AFTER + 1]);
    made.insertBefore(made.lastChild, made.children[AFTER + 1]);
    made.addEventListener("click", () => {
      model.set("opened", row.id);
      model.save_changes();
    });
    return made;
  }

  function draw() {
    const page = model.get("page"), total = model.get("total");
    const width = model.get("columns").length + 2;
    spacer(above, page.start, width);
    body.replaceChildren(...page.rows.map(line));
    spacer(below, total - page.start - page.rows.length, width);
    tell();
  }

  function tell() {
    const labels = model.get("labels"), total = model.get("total");
    const first = Math.min(Math.floor(view.scrollTop / ROW) + 1, total);
    const last = Math.min(first + Math.max(Math.floor(view.clientHeight / ROW) - 2, 0), total);
    said.dataset.total = total;
    said.textContent = total
      ? labels.shown
          .replace("{first}", number(first)).replace("{last}", number(last)).replace("{total}", number(total))
          .replace("{all}", number(labels.all)).replace("{selected}", number(model.get("selected").length))
      : labels.none;
  }

  let asked = 0;
  function ask() {
    asked = 0;
    tell();
    const page = model.get("page"), total = model.get("total");
    const first = Math.floor(view.scrollTop / ROW), last = first + Math.ceil(view.clientHeight / ROW);
    const has = first >= page.start && Math.min(last, total) <= page.start + page.rows.length;
    if (has) return;
    model.set("wanted", { start: Math.max(first - 20, 0), count: last - first + 40 });
    model.save_changes();
  }
  view.addEventListener("scroll", () => {
    if (!asked) asked = requestAnimationFrame(ask);
  });
  const changed = {
    "change:version": draw, "change:order": heading, "change:columns": heading, "change:labels": tell,
    "change:opened": draw, "change:selected": draw, "change:total": () => { view.scrollTop = 0; draw(); },
  };
  for (const [event, act] of Object.entries(changed)) model.on(event, act);
  heading();
  draw();
  return () => {
    for (const [event, act] of Object.entries(changed)) model.off(event, act);
  };
}

export default { render };
