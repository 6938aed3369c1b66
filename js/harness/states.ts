/** What a kernel says, for the harness and for the tests. */

type Content = Record<string, unknown>;

export const HOST = {
  kind: "colab",
  name: "Google Colab",
  gpu: "Tesla T4",
  root: true,
  notice: "",
  notice_link: "",
};

export const NOTICE = {
  ...HOST,
  notice:
    "Colab's terms disallow SSH and remote desktops on runtimes that are used free of charge without a positive compute unit balance.",
  notice_link: "https://research.google.com/colaboratory/faq.html",
};

export const PROVIDERS = [
  {
    name: "ngrok",
    title: "ngrok",
    needs_token: true,
    token_url: "https://dashboard.ngrok.com/get-started/your-authtoken",
    regions: [
      { value: "", title: "Automatic (nearest)" },
      { value: "us", title: "United States (Ohio)" },
      { value: "eu", title: "Europe (Frankfurt)" },
    ],
    hint: "",
  },
  {
    name: "direct",
    title: "this network",
    needs_token: false,
    token_url: "",
    regions: [],
    hint: "For machines that you can reach from where you are.",
  },
];

export const OPTIONS = {
  tunnel: "ngrok",
  region: "",
  ssh: true,
  desktop: false,
  user: "colab",
  geometry: "1600x900",
  depth: 24,
  vnc: "auto",
};

export const traits = (more: Content = {}): Content => ({
  ...OPTIONS,
  phase: "idle",
  steps: [],
  error: {},
  host: HOST,
  providers: PROVIDERS,
  ...more,
});

export const step = (name: string, title: string, status: string, more: Content = {}): Content => ({
  name,
  title,
  status,
  detail: "",
  progress: null,
  seconds: null,
  ...more,
});

export const STEPS = [
  step("check", "Check", "done", { seconds: 0.3 }),
  step("packages", "Packages", "done", { seconds: 2.1 }),
  step("tunnel", "Tunnel", "running", {
    detail: "downloading the ngrok agent, 6.2 of 9.8 MB",
    progress: 0.63,
  }),
  step("verify", "Verify", "pending"),
];

export const DONE = STEPS.map((each) => ({
  ...each,
  status: "done",
  seconds: 1.2,
  progress: null,
}));

export const DESKTOP_STEPS = [
  step("desktop_packages", "Desktop packages", "running", {
    detail: "unpacking xfce4-panel",
    progress: 0.4,
  }),
  step("desktop", "Desktop", "pending"),
];

export const DESKTOP_DONE = DESKTOP_STEPS.map((each) => ({
  ...each,
  status: "done",
  seconds: 9.7,
  progress: null,
}));

export const ERROR = {
  code: "ngrok_card_needed",
  title: "ngrok wants a card on file before it opens TCP tunnels.",
  cause: "Free accounts have to be verified with a card; it is not charged (ERR_NGROK_8013).",
  remedy: "Add a card in the ngrok dashboard and try again, or choose another tunnel.",
  link: "https://dashboard.ngrok.com/settings#id-verification",
  field: "token",
};

export const OTHER_VERSION = {
  code: "backend_version",
  title: "The running backend is another version.",
  cause:
    "It is 0.0.9, this notebook has 0.1.0. A connection that is open through it closes when it is restarted.",
  remedy:
    "Restart the backend with the button, or with python -m colabwidget disconnect, then connect again.",
  link: "",
  field: "",
};

export const SSH = {
  host: "0.tcp.eu.ngrok.io",
  port: 12345,
  user: "colab",
  password: "kP7mWx3RtQ9zVbN4cHfYs2",
  command: "ssh -p 12345 colab@0.tcp.eu.ngrok.io",
  config:
    "Host colab\n  HostName 0.tcp.eu.ngrok.io\n  Port 12345\n  User colab\n  UserKnownHostsFile ~/.ssh/known_hosts_colab\n",
  known_hosts:
    "[0.tcp.eu.ngrok.io]:12345 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0vK8bqQ3mXn0b2yYbPz1l7m4wq3h5t6u8i9o0pQwEr",
  fingerprint: "SHA256:Ab3dEfGhIjKlMnOpQrStUvWxYz0123456789abcdefg",
  vscode_url: "vscode://vscode-remote/ssh-remote+colab@0.tcp.eu.ngrok.io:12345/content",
  verified: true,
  verified_reason: "",
};

export const DESKTOP = {
  display: ":1",
  port: 5901,
  password: "hT4wKx9m",
  view_only_password: "Rq7cYn3d",
  forward_command: "ssh -L 5901:localhost:5901 -p 12345 colab@0.tcp.eu.ngrok.io",
  viewer_address: "localhost:1",
  server: "TigerVNC 1.12.0",
  renderer: "llvmpipe (LLVM 15.0.6, 256 bits)",
  connection_files: {
    "colabwidget.tigervnc": "TigerVNC Configuration file Version 1.0\n\nServerName=localhost:1\n",
    "colabwidget.vnc": "[connection]\nhost=localhost\nport=5901\n",
  },
};

export const DESKTOP_ERROR = {
  code: "vnc_failed",
  title: "The VNC server did not start.",
  cause: "It ended at once: Fatal server error: no screens found.",
  remedy: "SSH works. The log has what the server said; try the desktop again.",
  link: "https://example.org/desktop",
  field: "",
};

export const snapshot = (phase: string, more: Content = {}): Content => ({
  epoch: "e1",
  revision: 3,
  phase,
  steps: [],
  error: null,
  options: OPTIONS,
  desktop: { phase: "idle", error: null },
  endpoint: null,
  details_revision: 0,
  log_end: 0,
  elapsed: 0,
  kept: false,
  ...more,
});

export const state = (phase: string, more: Content = {}, around: Content = {}): Content => ({
  type: "state",
  state: snapshot(phase, more),
  host: HOST,
  last_reply: null,
  clicks_wait: false,
  report: "",
  ...around,
});

export const details = (
  ssh: Content | null = SSH,
  revision = 1,
  desktop: Content | null = null,
): Content => ({
  type: "details",
  epoch: "e1",
  revision,
  details: {
    phase: "connected",
    tunnel: { provider: "ngrok", endpoint: { host: "0.tcp.eu.ngrok.io", port: 12345 } },
    ssh,
    desktop,
  },
});

export const log = (lines: string[], from = 0, end = from + lines.length): Content => ({
  type: "log",
  epoch: "e1",
  from,
  count: lines.length,
  end,
  text: lines.join("\n"),
});

export const LINES = [
  "check: Ubuntu 22.04, root, 2 processors, 12.7 GB of memory",
  "packages: openssh-server is there",
  "Reading package lists...",
  "\x1b[1mSetting up\x1b[0m \x1b[32mopenssh-server\x1b[0m (1:8.9p1-3) ...",
  "\x1b[33mwarning:\x1b[0m policy-rc.d denied execution of start.",
  "\x1b[31merror:\x1b[0m \x1b[36mcyan\x1b[0m \x1b[35mmagenta\x1b[0m \x1b[94mblue\x1b[0m \x1b[90mgrey\x1b[0m",
  "downloading  10 %\rdownloading  50 %\rdownloading 100 %",
  ...Array.from(
    { length: 40 },
    (_, i) =>
      `ngrok: t=2026-11-22T10:00:${String(i).padStart(2, "0")}+0000 lvl=info msg="tunnel session started" obj=tunnels.session`,
  ),
];
