// Reports the width of its container to the kernel, which fits the charts to it.
function render({ model, el }) {
  let timer = 0;
  function report() {
    const width = Math.floor(el.clientWidth);
    if (width < 1 || Math.abs(width - model.get("width")) < 12) return;
    model.set("width", width);
    model.save_changes();
  }
  const observer = new ResizeObserver(() => {
    clearTimeout(timer);
    timer = setTimeout(report, 100);
  });
  observer.observe(el);
  return () => {
    observer.disconnect();
    clearTimeout(timer);
  };
}

export default { render };
