// Exports the selected rows, or all that pass the filters, to a file or to the clipboard. The kernel compresses them, and
// the browser requests one piece after another, because a Jupyter server limits the data rate of messages.
function requestExport(model, separator) {
  const request = `${Date.now()} ${Math.random()}`, pieces = [];
  return new Promise((resolve, reject) => {
    const requestPiece = () => model.send({ request, separator, index: pieces.length });
    function receivePiece(content, buffers) {
      if (content.request !== request) return;
      if (content.error) {
        model.off("msg:custom", receivePiece);
        return reject(new Error(content.error));
      }
      pieces.push(buffers[0]);
      if (pieces.length < content.count) return requestPiece();
      model.off("msg:custom", receivePiece);
      const stream = new Blob(pieces).stream().pipeThrough(new DecompressionStream("gzip"));
      resolve(new Response(stream).blob().then((blob) => ({ name: content.name, blob })));
    }
    model.on("msg:custom", receivePiece);
    requestPiece();
  });
}

async function saveFile(model) {
  const { name, blob } = await requestExport(model, ",");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([blob], { type: "text/csv" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  return name;
}

async function copyText(model) {
  const text = requestExport(model, "\t").then(({ blob }) => new Blob([blob], { type: "text/plain" }));
  await navigator.clipboard.write([new ClipboardItem({ "text/plain": text })]);
  return model.get("labels").copied;
}

// Adds the export buttons to the footer; returns the function that updates the counts on them.
function addExportButtons(model, footer) {
  const labels = model.get("labels"), status = document.createElement("span");
  let isRunning = false;
  status.className = "smartinst-export-status";
  status.setAttribute("role", "status");
  function createButton(label, name, run) {
    const button = document.createElement("button");
    button.className = `smartinst-export smartinst-export-${name}`;
    button.dataset.label = label;
    button.addEventListener("click", async () => {
      if (isRunning) return;
      isRunning = true;  // one export at a time: the kernel keeps only the last one
      status.textContent = "\u2026";
      status.textContent = await run(model).catch((error) => String(error.message ?? error));
      isRunning = false;
    });
    return button;
  }
  const buttons = [createButton(labels.csv, "csv", saveFile)];
  if (navigator.clipboard) buttons.push(createButton(labels.copy, "copy", copyText));  // needs TLS or localhost
  footer.append(...buttons, status);
  return (formatNumber) => {
    const count = model.get("selected").length || model.get("total");
    for (const button of buttons) {
      button.textContent = button.dataset.label.replace("{count}", formatNumber(count));
      button.disabled = !count;
    }
  };
}

