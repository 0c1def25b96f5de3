// A chart of Altair's, drawn by the Vega that the library widget brings. Its menu has a name: Vega gives it none.
async function render(context) {
  const { model, el } = context;
  while (!globalThis.smartinstVega) await new Promise((again) => setTimeout(again, 20));
  const { default: drawing } = await globalThis.smartinstVega;
  const named = new MutationObserver(() => {
    const menu = el.querySelector("summary:not([aria-label])"), { title } = model.get("spec") ?? {};
    if (!menu) return;
    const label = model.get("embed_options").i18n.CLICK_TO_VIEW_ACTIONS;
    menu.setAttribute("aria-label", [label, title?.text ?? title].filter(Boolean).join(": "));
  });
  named.observe(el, { childList: true });
  const end = await drawing.render(context);
  return () => {
    named.disconnect();
    end?.();
  };
}

export default { render };
