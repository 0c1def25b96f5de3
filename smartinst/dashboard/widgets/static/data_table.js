// A table of any length: only the visible rows are in the document; the kernel sends them on request. Opening or selecting
// a row changes it in place, so that keyboard focus and text selection are kept.
const ROW_HEIGHT = 32;

function createElement(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

function render({ model, el }) {
  const root = createElement("div", "smartinst-table");
  const frame = createElement("div", "smartinst-table-frame"), viewport = createElement("div", "smartinst-viewport");
  root.lang = model.get("labels").lang;
  viewport.tabIndex = 0;
  viewport.setAttribute("role", "region");
  viewport.setAttribute("aria-label", model.get("labels").name);
  const table = createElement("table");
  const head = createElement("thead"), body = createElement("tbody");
  const topSpacer = createElement("tbody"), bottomSpacer = createElement("tbody");
  for (const spacer of [topSpacer, bottomSpacer]) spacer.setAttribute("aria-hidden", "true");
  table.append(head, topSpacer, body, bottomSpacer);
  viewport.append(table);
  frame.append(viewport);
  const footer = createElement("div", "smartinst-table-footer"), status = createElement("div", "smartinst-message");
  status.setAttribute("aria-live", "polite");
  footer.append(status);
  const updateExportButtons = model.get("labels").csv ? addExportButtons(model, footer) : () => {};
  root.append(frame, footer);
  el.append(root);
  let lines = [];

  function formatNumber(number) {
    return String(number).replace(/\B(?=(\d{3})+(?!\d))/g, model.get("labels").separator);
  }

  function drawHead() {
    const row = createElement("tr");
    if (model.get("is_selectable")) {
      const cell = createElement("th", "smartinst-checkbox-cell");
      cell.append(createElement("span", "smartinst-visually-hidden", model.get("labels").select));
      row.append(cell);
    }
    for (const column of model.get("columns")) {
      const cell = createElement("th", column.is_number ? "right" : "");
      cell.append(column.is_sortable ? createSortButton(column) : createElement("span", "", column.label));
      row.append(cell);
    }
    for (const cell of row.children) cell.scope = "col";
    head.replaceChildren(row);
    showOrder();
  }

  function createSortButton(column) {
    const button = createElement("button", "", column.label), arrow = createElement("span", "smartinst-arrow");
    arrow.setAttribute("aria-hidden", "true");
    button.append(arrow);
    button.dataset.column = column.name;
    button.addEventListener("click", () => {
      const order = model.get("order"), isCurrent = order.column === column.name;
      const descending = isCurrent ? !order.descending : column.is_number;
      model.set("order", { column: column.name, descending });
      model.save_changes();
      viewport.scrollTop = 0;
    });
    return button;
  }

  function showOrder() {
    const order = model.get("order");
    const [direction, arrow] = order.descending ? ["descending", "\u00a0\u2193"] : ["ascending", "\u00a0\u2191"];
    for (const button of head.querySelectorAll("button")) {
      const isCurrent = button.dataset.column === order.column;
      button.parentElement.setAttribute("aria-sort", isCurrent ? direction : "none");
      button.querySelector("span").textContent = isCurrent ? arrow : "";
    }
  }

  function fillSpacer(spacer, rowCount, columnCount) {
    if (rowCount <= 0) return spacer.replaceChildren();
    const row = createElement("tr"), cell = createElement("td", "smartinst-spacer");
    cell.colSpan = columnCount;
    cell.style.height = `${rowCount * ROW_HEIGHT}px`;
    row.append(cell);
    spacer.replaceChildren(row);
  }

  function createCell(column, text, row) {
    const cell = createElement("td", column.is_number ? "right" : "");
    if (column.name === "link") {
      if (text.startsWith("https://wa.me/")) cell.append(createChatLink(text, row.id));
      return cell;
    }
    cell.title = text;
    if (column.opens_row) cell.append(createElement("button", "smartinst-open-button", text));
    else if (column.name === "status") {
      const badge = createElement("span", "smartinst-status", text);
      badge.dataset.status = row.status;
      cell.append(badge);
    } else cell.textContent = text;
    return cell;
  }

  function createChatLink(address, id) {
    const link = createElement("a", "", "WhatsApp");
    link.setAttribute("aria-label", `WhatsApp ${id}`);
    link.href = address;
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    link.addEventListener("click", (event) => event.stopPropagation());
    return link;
  }

  function createLine(row, position) {
    const line = createElement("tr");
    line.setAttribute(`data-${model.get("labels").key}`, row.id);
    line.setAttribute("aria-rowindex", model.get("page").start + position + 2);
    if (model.get("is_selectable")) line.append(createCheckboxCell(row));
    const columns = model.get("columns");
    row.cells.forEach((text, index) => line.append(createCell(columns[index], text, row)));
    line.addEventListener("click", (event) => {
      if (isTextSelection(event, line)) return;
      model.set("open_row", row.id);
      model.save_changes();
    });
    return { id: row.id, line };
  }

  let pointerDown = { x: 0, y: 0 };
  body.addEventListener("pointerdown", ({ x, y }) => {
    pointerDown = { x, y };
  });
  // Whether a click ended a text selection by mouse, which is meant for copying and must not open the row.
  function isTextSelection({ x, y, detail }, line) {
    const selection = getSelection(), hasMoved = Math.hypot(x - pointerDown.x, y - pointerDown.y) > 3;
    return detail > 0 && hasMoved && !selection.isCollapsed && selection.containsNode(line, true);
  }

  function createCheckboxCell(row) {
    const cell = createElement("td", "smartinst-checkbox-cell"), checkbox = createElement("input");
    checkbox.type = "checkbox";
    checkbox.setAttribute("aria-label", `${model.get("labels").select} ${row.id}`);
    cell.addEventListener("click", (event) => event.stopPropagation());
    checkbox.addEventListener("click", () => {
      const others = model.get("selected").filter((id) => id !== row.id);
      model.set("selected", checkbox.checked ? [...others, row.id] : others);
      model.save_changes();
    });
    cell.append(checkbox);
    return cell;
  }

  function drawRows() {
    const page = model.get("page"), total = model.get("total"), focus = getFocus();
    const columnCount = model.get("columns").length + (model.get("is_selectable") ? 1 : 0);
    table.setAttribute("aria-rowcount", total + 1);
    fillSpacer(topSpacer, page.start, columnCount);
    lines = page.rows.map(createLine);
    body.replaceChildren(...lines.map(({ line }) => line));
    fillSpacer(bottomSpacer, total - page.start - page.rows.length, columnCount);
    updateRowStates();
    if (focus) restoreFocus(focus);
    showStatus();
  }

  function updateRowStates() {
    const openRow = model.get("open_row"), selected = new Set(model.get("selected"));
    for (const { id, line } of lines) {
      line.classList.toggle("opened", id === openRow);
      if (id === openRow) line.setAttribute("aria-current", "true");
      else line.removeAttribute("aria-current");
      const checkbox = line.querySelector(".smartinst-checkbox-cell input");
      if (checkbox) checkbox.checked = selected.has(id);
    }
  }

  // The focused control: a row has one control of each tag, and several rows may have the same id (one per currency).
  function getFocus() {
    const element = document.activeElement, focusLine = lines.find(({ line }) => line.contains(element));
    if (!focusLine) return null;
    const sameId = lines.filter(({ id }) => id === focusLine.id);
    return { id: focusLine.id, index: sameId.indexOf(focusLine), tag: element.tagName };
  }

  function restoreFocus({ id, index, tag }) {
    const focusLine = lines.filter((line) => line.id === id)[index];
    (focusLine?.line.querySelector(tag) ?? viewport).focus({ preventScroll: true });
  }

  function showStatus() {
    const labels = model.get("labels"), total = model.get("total");
    const first = Math.min(Math.floor(viewport.scrollTop / ROW_HEIGHT) + 1, total);
    const last = Math.min(first + Math.max(Math.floor(viewport.clientHeight / ROW_HEIGHT) - 2, 0), total);
    const numbers = { first, last, total, all: labels.all, selected: model.get("selected").length };
    status.dataset.total = total;
    status.textContent = total
      ? labels.status.replace(/\{(\w+)\}/g, (_, name) => formatNumber(numbers[name]))
      : labels.none;
    updateExportButtons(formatNumber);
  }

  function showEdge() {  // a shadow if there are more columns to the right
    const scrollbarWidth = viewport.offsetWidth - viewport.clientWidth;
    const hasMore = viewport.scrollLeft + viewport.clientWidth < viewport.scrollWidth - 2;
    frame.style.setProperty("--bar", `${scrollbarWidth}px`);
    frame.classList.toggle("smartinst-has-more-columns", hasMore);
  }

  let frameRequest = 0;
  function update() {
    frameRequest = 0;
    showEdge();
    showStatus();
    const page = model.get("page"), total = model.get("total");
    const first = Math.floor(viewport.scrollTop / ROW_HEIGHT);
    const last = first + Math.ceil(viewport.clientHeight / ROW_HEIGHT);
    const hasRows = first >= page.start && Math.min(last, total) <= page.start + page.rows.length;
    if (hasRows) return;
    model.set("row_range", { start: Math.max(first - 20, 0), count: last - first + 40 });
    model.save_changes();
  }
  viewport.addEventListener("scroll", () => {
    if (!frameRequest) frameRequest = requestAnimationFrame(update);
  });
  const resizeObserver = new ResizeObserver(update);  // first layout, and later changes of the window's width
  resizeObserver.observe(viewport);
  resizeObserver.observe(table);
  const handlers = {
    "change:version": drawRows,
    "change:order": showOrder,
    "change:columns": drawHead,
    "change:labels": showStatus,
    "change:open_row": updateRowStates,
    "change:selected": () => { updateRowStates(); showStatus(); },
    "change:total": () => { viewport.scrollTop = 0; },
  };
  for (const [event, handler] of Object.entries(handlers)) model.on(event, handler);
  drawHead();
  drawRows();
  return () => {
    for (const [event, handler] of Object.entries(handlers)) model.off(event, handler);
    resizeObserver.disconnect();
  };
}

export default { render };
