// VS Code's webview: the outputs of a notebook, drawn by VS Code's own widget manager for the kernel's
// ipywidgets. It hears the kernel by messages of VS Code's only.
import { KernelConnection, ServerConnection } from "./kernel.js";
import { activate as seven } from "./ipywidgets7.js";
import { activate as eight } from "./ipywidgets8.js";

const { version, themes } = window.given;
const tell = (message, more = []) => parent.postMessage(message, "*", more);
let socket;
let kernel;
let manager;

/** What the kernel's connection takes for its socket. */
class Socket {
  static OPEN = 1;
  readyState = 1;
  protocol = "";
  constructor() {
    socket = this;
    setTimeout(() => this.onopen?.({ target: this }));
  }
  send = (data) => tell({ method: "send", data });
  close() {}
}

// VS Code lets no output open a window or a box of the browser's: it does it itself, and throws.
window.opened = [];
window.open = (url) => {
  window.opened.push(String(url));
  throw new Error("window.open not supported in VS Code Renderers");
};
window.alert = () => {
  throw new Error("window.alert not supported in VS Code Renderers");
};

seven();
eight();
(version === 7 ? window.vscIPyWidgets7 : window.vscIPyWidgets8).load();

const scripts = {
  widgetsRegisteredInRequireJs: new Set(),
  errorHandler: (name, module, at, error) => console.error(`${module}: ${error}`),
  successHandler() {},
  // From the kernel's environment, where a notebook server has them.
  async loadWidgetScript(name) {
    requirejs.config({ paths: { [name]: `nbextensions/${name}/index` } });
    this.widgetsRegisteredInRequireJs.add(name);
  },
};

function begin({ clientId, username, model }) {
  const serverSettings = ServerConnection.makeSettings({ WebSocket: Socket, wsUrl: "ws://none/" });
  kernel = new KernelConnection({ serverSettings, clientId, username, model, handleComms: true });
  manager = new window.vscIPyWidgets.WidgetManager(kernel, document.body, scripts, () => {});
}

function place(cell) {
  const id = `cell-${cell}`;
  const found = document.getElementById(id);
  if (found) return found;
  const made = document.createElement("div");
  made.id = id;
  made.className = "output_container";
  document.body.append(made);
  return made;
}

/** The widget, once the manager has taken what the kernel said of it before. */
async function modelOf(id) {
  for (;;) {
    try {
      const found = await manager.get_model(id);
      if (found) return found;
    } catch (error) {
      if (!String(error).includes("not found")) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function show(cell, id) {
  const output = place(cell).appendChild(document.createElement("div"));
  output.className = "cell-output-ipywidget-background";
  const inner = output.appendChild(document.createElement("div"));
  const model = await modelOf(id);
  const view = await manager.create_view(model, { el: inner });
  await manager.display_view({ model_id: id, version_major: 2 }, view, { node: inner });
}

function paint(dark) {
  const { style } = document.documentElement;
  for (const [name, value] of Object.entries(themes[dark ? "dark" : "light"])) {
    style.setProperty(name, value);
  }
  document.body.className = dark ? "vscode-dark" : "vscode-light";
  document.body.dataset.vscodeThemeKind = document.body.className;
}

window.addEventListener("message", ({ source, data }) => {
  if (source !== parent) return;
  if (data.method === "message") socket?.onmessage?.({ target: socket, data: data.data });
  if (data.method === "kernel") begin(data.options);
  if (data.method === "show") show(data.cell, data.id).catch((error) => console.error(error));
  if (data.method === "clear") place(data.cell).replaceChildren();
  if (data.method === "theme") paint(data.dark);
  if (data.method === "restart") {
    manager.dispose();
    kernel.dispose();
  }
});
paint(false);
tell({ method: "listens" });
