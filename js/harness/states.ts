/** What a kernel says, for the harness and for the tests. */

import type { Content } from "./details";

export * from "./details";

export const HOST = {
  kind: "colab",
  name: "Google Colab",
  gpu: "Tesla T4",
  root: true,
  notice: "",
  notice_link: "",
  secrets: "Colab's secrets",
  drive: true,
};

export const NOTICE = {
  ...HOST,
  notice:
    "Colab's terms disallow SSH and remote desktops on runtimes that are used free of charge without a positive compute unit balance.",
  notice_link: "https://research.google.com/colaboratory/faq.html",
};

const provider = (
  name: string,
  title: string,
  cost: string,
  hint: string,
  fields: Content[] = [],
) => ({
  name,
  title,
  cost,
  hint,
  needs_token: false,
  token_url: "",
  token_secret: "",
  metered: null,
  regions: [],
  region_hint: "",
  fields,
});

export const PROVIDERS = [
  {
    name: "ngrok",
    title: "ngrok",
    cost: "free account, payment card (not charged)",
    hint: "Reachable from anywhere.",
    needs_token: true,
    token_url: "https://dashboard.ngrok.com/get-started/your-authtoken",
    token_secret: "NGROK_AUTHTOKEN",
    metered: {
      limits: "Free plans have 5,000 connections and 1 GB a month.",
      month: 1e9,
      usage_url: "https://dashboard.ngrok.com/usage",
    },
    region_hint: "ngrok has deprecated the choice: its agent takes the nearest region.",
    regions: [
      { value: "", title: "Automatic (nearest)" },
      { value: "us", title: "United States (Ohio)" },
      { value: "eu", title: "Europe (Frankfurt)" },
    ],
    fields: [],
  },
  provider(
    "cloudflare",
    "Cloudflare",
    "no account; cloudflared on your computer",
    "Reachable from anywhere.",
  ),
  provider(
    "relay",
    "SSH relay",
    "a server of yours, or a public relay",
    "Reachable from anywhere, through a server that you sign in to with ssh.",
    [
      {
        name: "server",
        label: "Server",
        hint: "A server that you sign in to with ssh, or a public relay.",
        placeholder: "user@host or user@host:port",
        required: true,
        suggestions: [
          { value: "serveo.net", title: "Serveo, a public relay" },
          { value: "tcp@free.pinggy.io:443", title: "Pinggy, a public relay" },
        ],
      },
      {
        name: "identity",
        label: "Key file",
        hint: "A private key on this machine. Left empty, one is made for it.",
        placeholder: "~/.ssh/id_ed25519",
        required: false,
        suggestions: [],
      },
      {
        name: "server_key",
        label: "Its host key",
        hint: "You are asked when the server is met for the first time.",
        placeholder: "SHA256:...",
        required: false,
        suggestions: [],
      },
    ],
  ),
  provider(
    "direct",
    "This network",
    "same network or VPN",
    "No tunnel: computers in the same network reach this machine's own address.",
    [
      {
        name: "address",
        label: "Address",
        hint: "Where to listen. Left empty, it is the one of this machine.",
        placeholder: "",
        required: false,
        suggestions: [],
      },
    ],
  ),
  provider(
    "through",
    "This notebook's server",
    "no account; Python on your computer",
    "No tunnel: ssh goes through the server that shows this notebook, once your computer is paired with it. For JupyterLab, Notebook and hubs; not for Colab and Kaggle, and guests cannot come.",
  ),
];

/** One that another package brings. */
export const BOAT = {
  ...provider("boat", "Paper boat", "", "Slow, but it floats.", [
    {
      name: "server",
      label: "Harbour",
      hint: "",
      placeholder: "",
      required: true,
      suggestions: [],
    },
  ]),
  needs_token: true,
  token_secret: "BOAT_TOKEN",
};

export const OPTIONS = {
  tunnel: "ngrok",
  region: "",
  ssh: true,
  desktop: false,
  user: "colab",
  address: "",
  server: "",
  server_key: "",
  identity: "",
  mount_gdrive_to: "",
  mount_gdrive_from: "",
  idle_timeout: 60,
  session_timeout: 0,
  geometry: "1600x900",
  depth: 24,
  vnc: "auto",
};

/** Names the card in the traits. */
export const CARD = { name: "card", hash: "hash of the card", waits: false };

export const traits = (more: Content = {}): Content => ({
  _bundle: CARD,
  ...OPTIONS,
  token_secret: "",
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
  copy: "",
  offers: [] as Content[],
};

export const OFFERS = [
  { title: "Use Cloudflare", options: { tunnel: "cloudflare" } },
  { title: "Use SSH relay", options: { tunnel: "relay" } },
  { title: "Use this network", options: { tunnel: "direct" } },
];

export const RELAY_REFUSED = {
  ...ERROR,
  code: "server_refused",
  title: "ana@relay.example.org does not take this machine's key.",
  cause: "Its public half is not among the keys of that account.",
  remedy: "Add this line to ~/.ssh/authorized_keys there, then connect again.",
  link: "",
  field: "server",
  copy: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0vK8bqQ3mXn0b2yYbPz1l7m4wq3h5t6u8i9o0pQwEr colabwidget",
};

export const RELAY_UNKNOWN = {
  ...ERROR,
  code: "server_key_unknown",
  title: "relay.example.org is not known here yet.",
  cause: "Its host key is SHA256:Ab3dEfGhIjKlMnOpQrStUvWxYz0123456789abcdefg.",
  remedy: "Compare it with what ssh-keygen -lf says on the server, then trust it.",
  link: "",
  field: "server_key",
  offers: [
    {
      title: "Trust this key",
      options: { server_key: "SHA256:Ab3dEfGhIjKlMnOpQrStUvWxYz0123456789abcdefg" },
    },
  ],
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
  copy: "",
  offers: [],
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
  token_kept: "",
  log_begin: 0,
  use: null,
  present: [],
  closing: null,
  invitations: [],
  ...more,
});

/** Two clients, and a shell in a cell. */
/** How busy a machine like Colab's is. */
export const LOAD = {
  cpu: 0.124,
  memory: { used: 3.1e9, total: 12.7e9 },
  disk: { used: 46e9, total: 107e9 },
  gpus: [{ share: 0.37, memory: { used: 0.4e9, total: 16e9 } }],
};

export const PRESENT = [
  {
    name: "ssh-1",
    kind: "ssh",
    seconds: 250,
    idle: 3,
    way: "password",
    address: "93.184.216.34",
    guest: "",
  },
  {
    name: "ssh-2",
    kind: "ssh",
    seconds: 3720,
    idle: 741,
    way: "key ana@laptop",
    address: "",
    guest: "",
  },
  { name: "shell-1", kind: "terminal", seconds: 40, idle: null, way: "", address: "", guest: "" },
];

export const state = (phase: string, more: Content = {}, around: Content = {}): Content => ({
  type: "state",
  state: snapshot(phase, more),
  host: HOST,
  last_reply: null,
  clicks_wait: false,
  report: "",
  inside: {},
  ...around,
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
  "downloading 100 %",
  ...Array.from(
    { length: 40 },
    (_, i) =>
      `ngrok: t=2026-11-22T10:00:${String(i).padStart(2, "0")}+0000 lvl=info msg="tunnel session started" obj=tunnels.session`,
  ),
];
