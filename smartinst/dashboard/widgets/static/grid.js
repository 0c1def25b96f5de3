// A table of any length: only the rows in sight stand in the document; the kernel sends them when they are asked for.
// What is opened or ticked changes in place, so that neither the keyboard's focus nor a marked text is lost.
const ROW = 32;

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function render({ model, el }) {
  const root = element("div", "smartinst-table");
  const frame = element("div", "smartinst-table-frame"), view = element("div", "smartinst-viewport");
  root.lang = model.get("labels").lang;
  view.tabIndex = 0;
  view.setAttribute("role", "region");
  view.setAttribute("aria-label", model.get("labels").named);
  const table = element("table");
  const head = element("thead"), body = element("tbody");
  const above = element("tbody"), below = element("tbody");
  for (const spacers of [above, below]) spacers.setAttribute("aria-hidden", "true");
  table.append(head, above, body, below);
  view.append(table);
  frame.append(view);
  const foot = element("div", "smartinst-table-footer"), said = element("div", "smartinst-message");
  said.setAttribute("aria-live", "polite");
  foot.append(said);
  const takers = model.get("labels").take ? taking(model, foot) : () => {};
  root.append(frame, foot);
  el.append(root);
  let lines = [];

  function number(n) {
    return String(n).replace(/\B(?=(\d{3})+(?!\d))/g, model.get("labels").separator);
  }

  function heading() {
    const row = element("tr");
    if (model.get("is_ticked")) {
      const cell = element("th", "smartinst-checkbox-cell");
      cell.append(element("span", "smartinst-visually-hidden", model.get("labels").select));
      row.append(cell);
    }
    for (const column of model.get("columns")) {
      const cell = element("th", column.right ? "right" : "");
      cell.append(column.sorts ? sorting(column) : element("span", "", column.label));
      row.append(cell);
    }
    for (const cell of row.children) cell.scope = "col";
    head.replaceChildren(row);
    ordered();
  }

  function sorting(column) {
    const button = element("button", "", column.label), arrow = element("span", "smartinst-arrow");
    arrow.setAttribute("aria-hidden", "true");
    button.append(arrow);
    button.dataset.column = column.name;
    button.addEventListener("click", () => {
      const order = model.get("order"), is = order.column === column.name;
      model.set("order", { column: column.name, descending: is ? !order.descending : column.right });
      model.save_changes();
      view.scrollTop = 0;
    });
    return button;
  }

  function ordered() {
    const order = model.get("order");
    for (const button of head.querySelectorAll("button")) {
      const is = button.dataset.column === order.column, down = order.descending;
      button.parentElement.setAttribute("aria-sort", is ? (down ? "descending" : "ascending") : "none");
      button.querySelector("span").textContent = is ? (down ? "\u00a0\u2193" : "\u00a0\u2191") : "";
    }
  }

  function spacer(place, rows, width) {
    if (rows <= 0) return place.replaceChildren();
    const row = element("tr"), cell = element("td", "smartinst-spacer");
    cell.colSpan = width;
    cell.style.height = `${rows * ROW}px`;
    row.append(cell);
    place.replaceChildren(row);
  }

  function filled(column, text, row) {
    const cell = element("td", column.right ? "right" : "");
    if (column.name === "link") {
      if (text.startsWith("https://wa.me/")) cell.append(contact(text, row.id));
      return cell;
    }
    cell.title = text;
    if (column.opens) cell.append(element("button", "smartinst-open-button", text));
    else if (column.name === "status") {
      const badge = element("span", "smartinst-status", text);
      badge.dataset.status = row.status;
      cell.append(badge);
    } else cell.textContent = text;
    return cell;
  }

  function contact(address, id) {
    const link = element("a", "", "WhatsApp");
    link.setAttribute("aria-label", `WhatsApp ${id}`);
    link.href = address;
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    link.addEventListener("click", (event) => event.stopPropagation());
    return link;
  }

  function line(row, at) {
    const made = element("tr");
    made.setAttribute(`data-${model.get("labels").key}`, row.id);
    made.setAttribute("aria-rowindex", model.get("page").start + at + 2);
    if (model.get("is_ticked")) made.append(ticked(row));
    const columns = model.get("columns");
    row.cells.forEach((text, at) => made.append(filled(columns[at], text, row)));
    made.addEventListener("click", (event) => {
      if (hasMarked(event, made)) return;
      model.set("opened", row.id);
      model.save_changes();
    });
    return { id: row.id, line: made };
  }

  let pressed = { x: 0, y: 0 };
  body.addEventListener("pointerdown", ({ x, y }) => {
    pressed = { x, y };
  });
  function hasMarked({ x, y, detail }, line) {  // a text that was marked with the mouse is meant to be copied
    const marked = getSelection(), moved = Math.hypot(x - pressed.x, y - pressed.y) > 3;
    return detail > 0 && moved && !marked.isCollapsed && marked.containsNode(line, true);
  }

  function ticked(row) {
    const check = element("td", "smartinst-checkbox-cell"), box = element("input");
    box.type = "checkbox";
    box.setAttribute("aria-label", `${model.get("labels").select} ${row.id}`);
    check.addEventListener("click", (event) => event.stopPropagation());
    box.addEventListener("click", () => {
      const others = model.get("selected").filter((one) => one !== row.id);
      model.set("selected", box.checked ? [...others, row.id] : others);
      model.save_changes();
    });
    check.append(box);
    return check;
  }

  function draw() {
    const page = model.get("page"), total = model.get("total"), was = focused();
    const width = model.get("columns").length + (model.get("is_ticked") ? 1 : 0);
    table.setAttribute("aria-rowcount", total + 1);
    spacer(above, page.start, width);
    lines = page.rows.map(line);
    body.replaceChildren(...lines.map((one) => one.line));
    spacer(below, total - page.start - page.rows.length, width);
    mark();
    if (was) focus(was);
    tell();
  }

  function mark() {
    const opened = model.get("opened"), selected = new Set(model.get("selected"));
    for (const { id, line } of lines) {
      line.classList.toggle("opened", id === opened);
      if (id === opened) line.setAttribute("aria-current", "true");
      else line.removeAttribute("aria-current");
      const box = line.querySelector(".smartinst-checkbox-cell input");
      if (box) box.checked = selected.has(id);
    }
  }

  function focused() {  // of a row's controls each is of its own kind; a seller has a row for each currency
    const at = document.activeElement, found = lines.find(({ line }) => line.contains(at));
    if (!found) return null;
    return { id: found.id, turn: lines.filter(({ id }) => id === found.id).indexOf(found), kind: at.tagName };
  }

  function focus({ id, turn, kind }) {
    const found = lines.filter((one) => one.id === id)[turn];
    (found?.line.querySelector(kind) ?? view).focus({ preventScroll: true });
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
    takers(number);
  }

  function edge() {  // that there are more columns than are seen
    const width = view.offsetWidth - view.clientWidth;
    frame.style.setProperty("--bar", `${width}px`);
    frame.classList.toggle("smartinst-has-more-columns", view.scrollLeft + view.clientWidth < view.scrollWidth - 2);
  }

  let asked = 0;
  function ask() {
    asked = 0;
    edge();
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
  size.observe(table);
  function select() {
    mark();
    tell();
  }
  const changed = {
    "change:version": draw, "change:order": ordered, "change:columns": heading, "change:labels": tell,
    "change:opened": mark, "change:selected": select, "change:total": () => { view.scrollTop = 0; },
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
