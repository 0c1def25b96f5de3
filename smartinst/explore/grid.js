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

  function heading() {
    const order = model.get("order");
    const row = element("tr");
    if (model.get("is_ticked")) row.append(element("th", "smartinst-check"));
    for (const column of model.get("columns")) {
      const cell = element("th", column.right ? "right" : "");
      if (!column.sorts) {
        cell.append(element("span", "", column.label));
        row.append(cell);
        continue;
      }
      const button = element("button", "", column.label);
      const is = order.column === column.name;
      cell.setAttribute("aria-sort", is ? (order.descending ? "descending" : "ascending") : "none");
      if (is) button.textContent += order.descending ? " ↓" : " ↑";
      button.addEventListener("click", () => {
        model.set("order", { column: column.name, descending: is ? !order.descending : column.right });
        model.save_changes();
        view.scrollTop = 0;
      });
      cell.append(button);
      row.append(cell);
    }
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

  function filled(column, text, row) {
    const cell = element("td", column.right ? "right" : "");
    if (column.name === "link") {
      if (text.startsWith("https://wa.me/")) cell.append(contact(text));
      return cell;
    }
    cell.title = text;
    if (column.opens) cell.append(element("button", "smartinst-open", text));
    else if (column.name === "status") {
      const badge = element("span", "smartinst-status", text);
      badge.dataset.status = row.status;
      cell.append(badge);
    } else cell.textContent = text;
    return cell;
  }

  function contact(address) {
    const link = element("a", "", "WhatsApp");
    link.href = address;
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    link.addEventListener("click", (event) => event.stopPropagation());
    return link;
  }

  function line(row) {
    const made = element("tr", model.get("opened") === row.id ? "opened" : "");
    made.setAttribute(`data-${model.get("labels").key}`, row.id);
    if (model.get("is_ticked")) made.append(ticked(row));
    const columns = model.get("columns");
    row.cells.forEach((text, at) => made.append(filled(columns[at], text, row)));
    made.addEventListener("click", () => {
      model.set("opened", row.id);
      model.save_changes();
    });
    return made;
  }

  function ticked(row) {
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
    return check;
  }

  function draw() {
    const page = model.get("page"), total = model.get("total");
    const width = model.get("columns").length + (model.get("is_ticked") ? 1 : 0);
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
  const size = new ResizeObserver(ask);  // drawn before it has a place, or in a narrower window since
  size.observe(view);
  const changed = {
    "change:version": draw, "change:order": heading, "change:columns": heading, "change:labels": tell,
    "change:opened": draw, "change:selected": draw, "change:total": () => { view.scrollTop = 0; },
  };
  for (const [event, act] of Object.entries(changed)) model.on(event, act);
  heading();
  draw();
  return () => {
    for (const [event, act] of Object.entries(changed)) model.off(event, act);
    size.disconnect();
  };
}

export default { render };
