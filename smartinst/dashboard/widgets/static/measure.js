// How wide the place is in which charts stand: the kernel draws them for it.
function render({ model, el }) {
  let waiting = 0;
  function tell() {
    const width = Math.floor(el.clientWidth);
    if (width < 1 || Math.abs(width - model.get("width")) < 12) return;
    model.set("width", width);
    model.save_changes();
  }
  const observer = new ResizeObserver(() => {
    clearTimeout(waiting);
    waiting = setTimeout(tell, 100);
  });
  observer.observe(el);
  return () => {
    observer.disconnect();
    clearTimeout(waiting);
  };
}

export default { render };
