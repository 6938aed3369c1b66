/** Every state of the widget, as the kernel tells it. */
import { FakeModel } from "./fake";

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

export const OPTIONS = { tunnel: "ngrok", region: "", ssh: true, desktop: false, user: "colab" };

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

export const ERROR = {
  code: "ngrok_card_needed",
  title: "ngrok wants a card on file before it opens TCP tunnels.",
  cause: "Free accounts have to be verified with a card; it is not charged (ERR_NGROK_8013).",
  remedy: "Add a card in the ngrok dashboard and try again, or choose another tunnel.",
  link: "https://dashboard.ngrok.com/settings#id-verification",
  field: "token",
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

export const snapshot = (phase: string, more: Content = {}): Content => ({
  epoch: "e1",
  revision: 3,
  phase,
  steps: [],
  error: null,
  options: OPTIONS,
  endpoint: null,
  details_revision: 0,
  log_end: 0,
  elapsed: 0,
  ...more,
});

export const state = (phase: string, more: Content = {}, around: Content = {}): Content => ({
  type: "state",
  state: snapshot(phase, more),
  host: HOST,
  last_reply: null,
  clicks_wait: false,
  ...around,
});

export const details = (ssh: Content | null = SSH, revision = 1): Content => ({
  type: "details",
  epoch: "e1",
  revision,
  details: {
    phase: "connected",
    tunnel: { provider: "ngrok", endpoint: { host: "0.tcp.eu.ngrok.io", port: 12345 } },
    ssh,
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

const connected = { endpoint: { host: "0.tcp.eu.ngrok.io", port: 12345 }, details_revision: 1 };

interface Scene {
  traits?: Content;
  messages?: Content[];
  /** What a user does afterwards. */
  then?: (cell: HTMLElement, model: FakeModel) => void | Promise<void>;
}

const click = (cell: HTMLElement, id: string): void =>
  cell.querySelector<HTMLElement>(`[data-testid=${id}]`)?.click();
const turn = (): Promise<void> => new Promise((done) => setTimeout(done, 20));

export const SCENES: Record<string, Scene> = {
  idle: { messages: [state("idle")] },
  notice: { traits: { host: NOTICE }, messages: [state("idle", {}, { host: NOTICE })] },
  more: {
    messages: [state("idle")],
    then: (cell) => click(cell, "more"),
  },
  direct: { traits: { tunnel: "direct" }, messages: [state("idle")] },
  missing: { messages: [state("idle")], then: (cell) => click(cell, "connect") },
  refused: {
    messages: [state("idle")],
    async then(cell, model) {
      const field = cell.querySelector<HTMLInputElement>("[data-testid=token]");
      if (field) field.value = "2abc";
      click(cell, "connect");
      await turn();
      const error = {
        ...ERROR,
        code: "token_shape",
        title: "This is not an ngrok authtoken.",
        cause: "It is shorter than one.",
        remedy: "Copy it from the dashboard.",
      };
      const reply = { request: model.last("connect")?.request, error };
      model.say(state("idle", {}, { last_reply: reply }));
    },
  },
  asking: { traits: { phase: "connected" } },
  dead: { traits: { phase: "connected" } },
  pending: {
    messages: [state("idle", {}, { clicks_wait: true })],
    then(cell) {
      const field = cell.querySelector<HTMLInputElement>("[data-testid=token]");
      if (field) field.value = "2abc_def";
      click(cell, "connect");
    },
  },
  working: {
    messages: [state("working", { steps: STEPS, elapsed: 7, log_end: LINES.length }), log(LINES)],
  },
  unknown: {
    messages: [
      state("working", {
        steps: STEPS.map((each) => ({ ...each, progress: null })),
        elapsed: 7,
      }),
    ],
  },
  early: {
    messages: [
      state("working", {
        ...connected,
        steps: [...DONE, step("desktop", "Desktop", "running", { progress: 0.2 })],
        elapsed: 31,
      }),
      details(),
    ],
  },
  connected: {
    messages: [state("connected", { ...connected, steps: DONE }), log(LINES), details()],
  },
  shown: {
    messages: [state("connected", { ...connected, steps: DONE }), log(LINES), details()],
    then(cell) {
      click(cell, "show-password");
      click(cell, "log-toggle");
      for (const each of cell.querySelectorAll("details")) each.open = true;
    },
  },
  keyonly: {
    messages: [
      state("connected", { ...connected, steps: DONE }),
      details({
        ...SSH,
        password: null,
        verified: false,
        verified_reason: "this provider needs a program on your side",
      }),
    ],
  },
  moved: {
    messages: [
      state("connected", connected),
      details(),
      state("connected", { ...connected, details_revision: 2 }),
      details({ ...SSH, command: "ssh -p 23456 colab@1.tcp.eu.ngrok.io" }, 2),
    ],
  },
  question: {
    messages: [state("connected", { ...connected, steps: DONE }), details()],
    async then(cell, model) {
      click(cell, "disconnect");
      await turn();
      const error = {
        ...ERROR,
        code: "clients_connected",
        title: "Two people are signed in.",
        cause: "Disconnecting ends their sessions.",
        remedy: "",
        link: "",
        field: "",
      };
      const reply = { request: model.last("disconnect")?.request, error };
      model.say(state("connected", { ...connected, steps: DONE }, { last_reply: reply }));
    },
  },
  reconnecting: {
    messages: [
      state("reconnecting", {
        ...connected,
        elapsed: 3600,
        steps: DONE.map((each, i) =>
          i === 2
            ? { ...each, status: "running", detail: "ngrok: no network, next try in 4 s" }
            : each,
        ),
      }),
      details(),
    ],
  },
  closing: { messages: [state("closing", { log_end: LINES.length }), log(LINES)] },
  failed: {
    messages: [
      state("failed", {
        error: ERROR,
        steps: STEPS.map((each) =>
          each.status === "running" ? { ...each, status: "failed", seconds: 3.2 } : each,
        ),
        log_end: LINES.length,
      }),
      log(LINES),
    ],
  },
};

/** Plays the scene of that name in `cell`. */
export async function play(
  name: string,
  cell: HTMLElement,
  render: (view: { model: FakeModel; el: HTMLElement }) => () => void,
): Promise<FakeModel> {
  const scene = SCENES[name] ?? {};
  const model = new FakeModel(traits(scene.traits));
  render({ model, el: cell });
  for (const message of scene.messages ?? []) model.say(message);
  await turn();
  await scene.then?.(cell, model);
  await turn();
  return model;
}
