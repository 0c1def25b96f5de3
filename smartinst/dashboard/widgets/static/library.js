// Brings Vega into the page once; every chart waits for it, so that none carries a copy of its own.
function initialize({ model }) {
  if (globalThis.smartinstVega) return;
  const address = URL.createObjectURL(new Blob([model.get("code")], { type: "text/javascript" }));
  globalThis.smartinstVega = import(address).finally(() => URL.revokeObjectURL(address));
}

export default { initialize, render() {} };
