// Loads Vega into the page once; every chart waits for it instead of loading its own copy.
function initialize({ model }) {
  if (globalThis.smartinstVega) return;
  const address = URL.createObjectURL(new Blob([model.get("code")], { type: "text/javascript" }));
  globalThis.smartinstVega = import(address).finally(() => URL.revokeObjectURL(address));
}

export default { initialize, render() {} };
