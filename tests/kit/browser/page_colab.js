// A notebook of which each output stands in a frame of another origin, as in Google Colab: the
// page speaks to a real kernel, and to the frames by messages. The page's side of front_ends.py.

// Jupyter's binary messages: how many parts, where each begins, the JSON, the buffers.
const unpacked = (data) => {
  const head = new DataView(data);
  const starts = Array.from({ length: head.getUint32(0) }, (_, i) => head.getUint32(4 + 4 * i));
  const [text, ...buffers] = starts.map((at, i) => new Uint8Array(data.slice(at, starts[i + 1])));
  return { ...JSON.parse(new TextDecoder().decode(text)), buffers };
};
const packed = (text, buffers) => {
  const parts = [new TextEncoder().encode(text), ...buffers.map((each) => new Uint8Array(each))];
  const head = new DataView(new ArrayBuffer(4 + 4 * parts.length));
  head.setUint32(0, parts.length);
  let at = head.byteLength;
  parts.forEach((part, i) => {
    head.setUint32(4 + 4 * i, at);
    at += part.length;
  });
  return new Blob([head, ...parts]);
};

window.rig = {
  cells: [],
  models: new Map(),
  frames: [],
  waiting: new Map(),
  kernel: "idle",
  sandbox: "allow-scripts",
  session: "rig",
  // Of what a notebook says beside the code of a cell.
  metadata: () => ({}),
  sent: 0,

  async open(cells, frame) {
    const token = new URLSearchParams(location.search).get("token");
    const { id } = await this.post("/api/kernels", { name: "python3" });
    this.id = id;
    document.body.replaceChildren();
    this.frame = frame;
    this.cells = cells.map((source) => ({ source, outputs: [], ran: 0 }));
    for (const cell of this.cells) {
      cell.element = document.createElement("div");
      cell.element.className = "cell";
      document.body.append(cell.element);
    }
    const url = `ws://${location.host}/api/kernels/${id}/channels?token=${token}`;
    this.socket = new WebSocket(`${url}&session_id=${this.session}`);
    this.socket.binaryType = "arraybuffer";
    this.socket.onmessage = ({ data }) =>
      this.take(typeof data === "string" ? JSON.parse(data) : unpacked(data));
    await new Promise((resolve) => (this.socket.onopen = resolve));
    await this.answered();
  },

  async post(path, content) {
    const token = new URLSearchParams(location.search).get("token");
    const headers = { Authorization: `token ${token}`, "Content-Type": "application/json" };
    const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(content) });
    return answer.json();
  },

  // Outputs come only once the server has connected all its channels.
  async answered() {
    this.heard = false;
    while (!this.heard) {
      this.send("shell", "kernel_info_request", {});
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  },

  // The frames are told nothing of it: their comms stay open.
  async restart() {
    await this.post(`/api/kernels/${this.id}/restart`, {});
    await this.answered();
  },

  send(channel, msg_type, content, buffers = [], metadata = {}) {
    const msg_id = `rig-${++this.sent}`;
    const header = { msg_id, msg_type, session: this.session, username: "", version: "5.3", date: "" };
    const message = { channel, header, parent_header: {}, metadata, content };
    const text = JSON.stringify(buffers.length ? message : { ...message, buffers });
    this.socket.send(buffers.length ? packed(text, buffers) : text);
    return msg_id;
  },

  take({ msg_type, content, parent_header, buffers = [] }) {
    const cell = this.waiting.get(parent_header.msg_id);
    if (msg_type === "status") {
      this.heard = true;
      this.kernel = content.execution_state;
      if (cell && this.kernel === "idle") cell.done();
    } else if (msg_type === "comm_open") {
      this.models.set(content.comm_id, content.data.state);
    } else if (msg_type === "comm_msg") {
      const { method, state } = content.data;
      if (method === "update") Object.assign(this.models.get(content.comm_id), state);
      for (const { id, element } of this.frames) {
        if (id === content.comm_id) element.contentWindow.postMessage({ ...content.data, buffers }, "*");
      }
    } else if (cell && ["execute_result", "display_data", "stream", "error"].includes(msg_type)) {
      cell.outputs.push({ output_type: msg_type, ...content });
      const view = content.data?.["application/vnd.jupyter.widget-view+json"];
      if (view) this.show(cell, view.model_id);
    }
  },

  show(cell, id) {
    const element = document.createElement("iframe");
    element.sandbox = this.sandbox;
    element.src = this.frame;
    element.style = "width: 100%; height: 700px; border: 0";
    cell.element.append(element);
    this.frames.push({ id, element });
  },

  // What a frame wants; it has no origin to be known by.
  hear({ source, data }) {
    const found = this.frames.find(({ element }) => element.contentWindow === source);
    if (!found) return;
    const { id } = found;
    if (data.method === "open") {
      source.postMessage({ method: "open", state: this.models.get(id) }, "*");
    } else {
      const { buffers, ...rest } = data;
      if (rest.method === "update") Object.assign(this.models.get(id), rest.state);
      const content = { comm_id: id, data: { buffer_paths: [], ...rest } };
      this.send("shell", "comm_msg", content, buffers);
    }
  },

  ready() {
    return this.cells.length > 0 && this.heard && this.idle();
  },

  idle() {
    return this.kernel === "idle";
  },

  async run(index) {
    const cell = this.cells[index];
    this.frames = this.frames.filter(({ element }) => !cell.element.contains(element));
    cell.element.replaceChildren();
    cell.outputs = [];
    const code = { code: cell.source, silent: false, store_history: true, allow_stdin: false };
    await new Promise((resolve) => {
      cell.done = resolve;
      const metadata = this.metadata(index);
      this.waiting.set(this.send("shell", "execute_request", code, [], metadata), cell);
    });
  },

  async theme(dark) {
    this.dark = dark;
    for (const { element } of this.frames) element.contentWindow.postMessage({ dark }, "*");
  },

  outputs(index) {
    return this.cells[index].outputs;
  },
};
window.addEventListener("message", (event) => rig.hear(event));
