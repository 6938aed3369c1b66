"""What runs in the pages that are measured."""

from __future__ import annotations

# Counts what noVNC shows, and tells when a place of it has another colour than before.
WATCH = """
const draw = CanvasRenderingContext2D.prototype.drawImage;
window.watch = { frames: 0, colour: "", first: null, changed: null, pressed: 0 };
CanvasRenderingContext2D.prototype.drawImage = function (...all) {
  draw.apply(this, all);
  const { canvas } = this;
  if (!canvas.isConnected || canvas.width < 640) return;
  watch.frames++;
  if (!watch.changed && !watch.first) return;
  const place = [canvas.width / 2, canvas.height / 2, 1, 1];
  const colour = String(this.getImageData(...place).data);
  // At first it shows what has no colour.
  if (watch.first && !["0,0,0,0", "0,0,0,255"].includes(colour)) {
    watch.first(performance.now());
    watch.first = null;
  }
  if (!watch.changed) return;
  if (colour === watch.colour) return;
  watch.colour = colour;
  watch.changed(performance.now() - watch.pressed);
};
addEventListener("keydown", () => (watch.pressed = performance.now()), true);
"""
FIRST = "() => { watch.came = new Promise((done) => (watch.first = done)); }"
NEXT_CHANGE = "() => { watch.came = new Promise((done) => (watch.changed = done)); }"
# Reads the marker of tests/kit/desktop/projector.py from what noVNC shows, and counts bytes.
MOTION = """
const drawn = CanvasRenderingContext2D.prototype.drawImage;
window.motion = { pictures: [], keys: [], frames: 0, bytes: 0, last: 0, number: -1, key: -1 };
CanvasRenderingContext2D.prototype.drawImage = function (...all) {
  drawn.apply(this, all);
  const { canvas } = this;
  if (!canvas.isConnected || canvas.width < 640) return;
  motion.frames++;
  motion.last = performance.now();
  const row = this.getImageData(0, 8, 256, 1).data;
  let word = 0;
  for (let bit = 0; bit < 16; bit++) {
    const green = row[4 * (16 * bit + 8) + 1];
    if (green > 64 && green < 192) return;
    word |= (green > 127) << bit;
  }
  let ones = 0;
  for (let bit = 0; bit < 16; bit++) ones += (word >> bit) & 1;
  if (ones & 1) return;
  const number = word & 2047, key = (word >> 11) & 15;
  if (number !== motion.number) motion.pictures.push([number, motion.last]);
  if (key !== motion.key) motion.keys.push([key, motion.last]);
  Object.assign(motion, { number, key });
};
// noVNC looks for what it needs on the object itself and on its own prototype.
window.WebSocket = new Proxy(window.WebSocket, {
  construct(target, all) {
    const socket = new target(...all);
    socket.addEventListener("message", ({ data }) => {
      motion.bytes += data.byteLength ?? data.size ?? data.length;
    });
    return socket;
  },
});
"""
# What xterm.js shows it shows at once, and not with the next picture; WebGL draws no text that
# could be read.
AT_ONCE = """
const channel = new MessageChannel();
const asked = [];
channel.port1.onmessage = () => asked.shift()?.(performance.now());
window.requestAnimationFrame = (run) => (channel.port2.postMessage(0), asked.push(run));
window.cancelAnimationFrame = () => undefined;
const context = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
  return kind.startsWith("webgl") ? null : context.call(this, kind, ...more);
};
let pressed = 0;
addEventListener("keydown", () => (pressed = performance.now()), true);
window.echo = (rows) => {
  window.echoed = new Promise((done) => {
    const seen = new MutationObserver(() => {
      if (!rows.textContent.includes(window.wanted)) return;
      seen.disconnect();
      done(performance.now() - pressed);
    });
    seen.observe(rows, { childList: true, subtree: true, characterData: true });
  });
};
"""
# Keeps the bytes that arrive for streams, by their numbers.
LISTEN = """async (id) => {
  const { rendermime } = rig.panel().content;
  const mime = "application/vnd.jupyter.widget-view+json";
  const manager = await rendermime.createRenderer(mime)._manager.promise;
  const model = await manager.get_model(id);
  window.heard = { parts: [], end: 0, all: 0 };
  model.on("msg:custom", (content, buffers) => {
    if (content.type !== "data") return;
    const [{ buffer, byteOffset, byteLength }] = buffers;
    const bytes = new Uint8Array(buffer, byteOffset, byteLength).slice();
    heard.all += bytes.length;
    heard.end = Math.max(heard.end, content.at + bytes.length);
    heard.parts.push([content.at, bytes]);
  });
}"""
WHOLE = """async ([from, size]) => {
  heard.parts.sort((one, other) => one[0] - other[0]);
  const whole = new Uint8Array(size);
  let end = from;
  for (const [at, bytes] of heard.parts) {
    if (at > end) return `a gap at ${end}`;
    if (at + bytes.length <= end) continue;
    whole.set(bytes.subarray(end - at).subarray(0, from + size - end), end - from);
    end = Math.min(at + bytes.length, from + size);
    if (end === from + size) break;
  }
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", whole));
  return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}"""
TAIL = """() => {
  const last = heard.parts.find(([at, bytes]) => at + bytes.length === heard.end);
  return last ? new TextDecoder().decode(last[1].slice(-5)) : "";
}"""
HTML = """<!doctype html>
<meta charset="utf-8">
<style>#screen { width: 1100px; height: 380px; overflow: hidden }</style>
<div id="screen"></div>
<script type="module">
const screen = document.getElementById("screen");
window.desktop = async (password) => {
  screen.replaceChildren();
  const { default: RFB } = await import("./novnc.js");
  const address = `ws://${location.host}/websockify`;
  const rfb = new RFB(screen, address, { shared: true, credentials: { password } });
  rfb.scaleViewport = true;
  rfb.background = "transparent";
  window.rfb = rfb;
};
window.terminal = async (address) => {
  const { Terminal, FitAddon } = await import("./xterm.js");
  const term = new Terminal({ cursorBlink: false, fontSize: 13, scrollback: 10_000 });
  const fit = new FitAddon();
  term.loadAddon(fit);
  term.open(screen);
  fit.fit();
  const socket = new WebSocket(address);
  socket.binaryType = "arraybuffer";
  socket.onmessage = ({ data }) => term.write(new Uint8Array(data));
  const encoder = new TextEncoder();
  socket.onopen = () => term.onData((text) => socket.send(encoder.encode(text)));
};
window.loaded = true;
</script>
"""
MODULES = {
    "novnc": 'export { default } from "@novnc/novnc"',
    "xterm": 'export * from "@xterm/xterm"; export * from "@xterm/addon-fit"',
}
