// A chart of Altair's, drawn by the Vega that the library widget brings.
async function render(context) {
  while (!globalThis.smartinstVega) await new Promise((again) => setTimeout(again, 20));
  const { default: drawing } = await globalThis.smartinstVega;
  return drawing.render(context);
}

export default { render };
