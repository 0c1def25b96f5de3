// An Altair chart, drawn by Vega from the library widget. Adds the accessible name that the menu lacks.
async function render(context) {
  const { model, el } = context;
  while (!globalThis.smartinstVega) await new Promise((resolve) => setTimeout(resolve, 20));
  const { default: renderer } = await globalThis.smartinstVega;
  const observer = new MutationObserver(() => {
    const menu = el.querySelector("summary:not([aria-label])"), { title } = model.get("spec") ?? {};
    if (!menu) return;
    const label = model.get("embed_options").i18n.CLICK_TO_VIEW_ACTIONS;
    menu.setAttribute("aria-label", [label, title?.text ?? title].filter(Boolean).join(": "));
  });
  observer.observe(el, { childList: true });
  const cleanUp = await renderer.render(context);
  return () => {
    observer.disconnect();
    cleanUp?.();
  };
}

export default { render };
