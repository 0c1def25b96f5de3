// Takes what is ticked, or everything that passes, out of the table: a file, or cells on the clipboard. The kernel packs
// it, the browser asks for one piece after the other: a server of Jupyter's lets no more than so much through at once.
function packed(model, separator) {
  const request = `${Date.now()} ${Math.random()}`, parts = [];
  return new Promise((done, fail) => {
    const ask = () => model.send({ request, separator, at: parts.length });
    function take(content, buffers) {
      if (content.request !== request) return;
      if (content.error) {
        model.off("msg:custom", take);
        return fail(new Error(content.error));
      }
      parts.push(buffers[0]);
      if (parts.length < content.of) return ask();
      model.off("msg:custom", take);
      const open = new Blob(parts).stream().pipeThrough(new DecompressionStream("gzip"));
      done(new Response(open).blob().then((blob) => ({ name: content.name, blob })));
    }
    model.on("msg:custom", take);
    ask();
  });
}

async function saved(model) {
  const { name, blob } = await packed(model, ",");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([blob], { type: "text/csv" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  return name;
}

async function copied(model) {
  const text = packed(model, "\t").then(({ blob }) => new Blob([blob], { type: "text/plain" }));
  await navigator.clipboard.write([new ClipboardItem({ "text/plain": text })]);
  return model.get("labels").copied;
}

function taking(model, foot) {
  const labels = model.get("labels"), told = document.createElement("span");
  let busy = false;
  told.className = "smartinst-export-status";
  told.setAttribute("role", "status");
  function button(label, name, act) {
    const made = document.createElement("button");
    made.className = `smartinst-export smartinst-export-${name}`;
    made.dataset.label = label;
    made.addEventListener("click", async () => {
      if (busy) return;
      busy = true;  // one after the other: the kernel keeps what it packed last
      told.textContent = "\u2026";
      told.textContent = await act(model).catch((error) => String(error.message ?? error));
      busy = false;
    });
    return made;
  }
  const buttons = [button(labels.take, "csv", saved)];
  if (navigator.clipboard) buttons.push(button(labels.copy, "copy", copied));  // no clipboard on a foreign machine without TLS
  foot.append(...buttons, told);
  return (number) => {
    const many = model.get("selected").length || model.get("total");
    for (const one of buttons) {
      one.textContent = one.dataset.label.replace("{count}", number(many));
      one.disabled = !many;
    }
  };
}

