// Inside an output's frame: a model that lives elsewhere, and anywidget's way of showing it.
const listeners = new Map();
const emit = (name, ...values) => [...(listeners.get(name) ?? [])].forEach((call) => call(...values));
const tell = (message) => parent.postMessage(message, "*");
let state = {};
let changed = {};

const model = {
  get: (name) => state[name],
  set(name, value) {
    state[name] = value;
    changed[name] = value;
    emit(`change:${name}`, model, value);
  },
  save_changes() {
    tell({ method: "update", state: changed });
    changed = {};
  },
  send: (content, _, buffers = []) => tell({ method: "custom", content, buffers }),
  on: (name, call) => listeners.set(name, (listeners.get(name) ?? new Set()).add(call)),
  off: (name, call) => listeners.get(name)?.delete(call),
};

async function open(opened) {
  state = opened;
  const style = document.createElement("style");
  style.textContent = state._css ?? "";
  document.head.append(style);
  const url = URL.createObjectURL(new Blob([state._esm], { type: "text/javascript" }));
  const { default: widget } = await import(url);
  await widget.initialize?.({ model });
  await widget.render({ model, el: document.body });
}

window.addEventListener("message", ({ data }) => {
  if (data.method === "open") open(data.state);
  if (data.method === "custom") emit("msg:custom", data.content, data.buffers);
  if (data.method === "update") {
    Object.assign(state, data.state);
    for (const [name, value] of Object.entries(data.state)) emit(`change:${name}`, model, value);
  }
});
tell({ method: "open" });
