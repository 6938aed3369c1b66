// VS Code's side of a notebook, on top of page_colab.js: it alone speaks to the kernel. All outputs
// stand in one frame, its webview, which is given each message as it came, and has its own sent.
const colab = { ...rig };
Object.assign(rig, {
  metadata: (index) => ({ cellId: `vscode-notebook-cell:/rig.ipynb#${index}` }),

  async open(cells, frame) {
    await colab.open.call(rig, cells, frame);
    const { onmessage } = this.socket;
    this.socket.onmessage = (event) => {
      this.tell({ method: "message", data: event.data });
      onmessage(event);
    };
    this.webview = document.createElement("iframe");
    this.webview.sandbox =
      "allow-same-origin allow-scripts allow-forms allow-pointer-lock allow-downloads";
    this.webview.allow = "cross-origin-isolated; autoplay; clipboard-read; clipboard-write";
    this.webview.src = frame;
    this.webview.style = "width: 100%; height: 860px; border: 0";
    const listens = new Promise((resolve) => (this.listens = resolve));
    document.body.append(this.webview);
    await listens;
    this.begin();
  },

  begin() {
    const options = { clientId: this.session, username: "", model: { id: this.id, name: "python3" } };
    this.tell({ method: "kernel", options });
  },

  tell(message) {
    this.webview?.contentWindow.postMessage(message, "*");
  },

  hear({ source, data }) {
    if (source !== this.webview?.contentWindow) return;
    if (data.method === "listens") this.listens();
    if (data.method === "send") this.socket.send(data.data);
  },

  show(cell, id) {
    this.tell({ method: "show", cell: this.cells.indexOf(cell), id });
  },

  async run(index) {
    this.tell({ method: "clear", cell: index });
    await colab.run.call(rig, index);
  },

  async restart() {
    await this.post(`/api/kernels/${this.id}/restart`, {});
    this.tell({ method: "restart" });
    await this.answered();
    this.begin();
  },

  async theme(dark) {
    this.tell({ method: "theme", dark });
  },
});
