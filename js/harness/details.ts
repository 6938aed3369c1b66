/** The details that a kernel sends: ways in, and lines for other programs. */

export type Content = Record<string, unknown>;

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
  client: null as Content | null,
  tools: [] as Content[],
  folder: "/content",
};

export const CLIENT = {
  name: "cloudflared",
  ways: [
    {
      value: "brew install cloudflared",
      title: "macOS",
    },
    {
      value: "winget install --id Cloudflare.cloudflared",
      title: "Windows",
    },
    {
      value:
        "curl -fsSL https://github.com/cloudflare/cloudflared/releases/latest/download/cloudflared-linux-amd64 -o cloudflared && sudo install cloudflared /usr/local/bin/",
      title: "Linux",
    },
    {
      value:
        "curl -fsSL https://github.com/cloudflare/cloudflared/releases/latest/download/cloudflared-linux-arm64 -o cloudflared && sudo install cloudflared /usr/local/bin/",
      title: "Linux on ARM",
    },
  ],
  link: "https://developers.cloudflare.com/cloudflare-one/connections/connect-networks/downloads/",
};

const PROXY = "cloudflared access ssh --hostname %h";
const QUICK = "calm-river-stone-paper.trycloudflare.com";

export const CLOUDFLARE_SSH = {
  ...SSH,
  host: QUICK,
  port: 22,
  command: `ssh -o ProxyCommand="${PROXY}" colab@${QUICK}`,
  config: `Host colabwidget\n  HostName ${QUICK}\n  Port 22\n  User colab\n  ProxyCommand ${PROXY}\n  ServerAliveInterval 30\n`,
  vscode_url: "vscode://vscode-remote/ssh-remote+colabwidget/content",
  verified: false,
  verified_reason: "this machine has no way out to the tunnel's address",
  client: CLIENT,
};

export const TOOLS = [
  {
    name: "code",
    title: "VS Code in a terminal",
    text: "code --remote ssh-remote+colab@0.tcp.eu.ngrok.io:12345 /content",
    url: "",
    note: "",
  },
  {
    name: "gateway",
    title: "JetBrains Gateway",
    text: "",
    url: "jetbrains-gateway://connect#type=ssh&deploy=false&host=0.tcp.eu.ngrok.io&port=12345&user=colab&projectPath=%2Fcontent",
    note: "In its form: user colab, host 0.tcp.eu.ngrok.io, port 12345, folder /content.",
  },
  {
    name: "sftp",
    title: "sftp",
    text: "sftp -P 12345 colab@0.tcp.eu.ngrok.io:/content",
    url: "",
    note: "",
  },
  {
    name: "scp-to",
    title: "scp to the machine",
    text: "scp -P 12345 -r FILE colab@0.tcp.eu.ngrok.io:/content/",
    url: "",
    note: "",
  },
  {
    name: "scp-from",
    title: "scp from the machine",
    text: "scp -P 12345 -r colab@0.tcp.eu.ngrok.io:/content/FILE .",
    url: "",
    note: "",
  },
  {
    name: "rsync",
    title: "rsync",
    text: 'rsync -av -e "ssh -p 12345" FOLDER colab@0.tcp.eu.ngrok.io:/content/',
    url: "",
    note: "Both sides need rsync. Run it again and it sends only what has changed.",
  },
  {
    name: "forward",
    title: "Forward a port",
    text: "ssh -N -L 8888:localhost:8888 -p 12345 colab@0.tcp.eu.ngrok.io",
    url: "",
    note: "Then open http://localhost:8888. TensorBoard's port is 6006.",
  },
  {
    name: "windows",
    title: "Windows PowerShell",
    text: "ssh -p 12345 colab@0.tcp.eu.ngrok.io",
    url: "",
    note: "ssh is in Windows: Settings, Optional features, OpenSSH Client.",
  },
  {
    name: "putty",
    title: "PuTTY",
    text: "putty -ssh -hostkey SHA256:Ab3dEfGhIjKlMnOpQrStUvWxYz0123456789abcdefg -P 12345 colab@0.tcp.eu.ngrok.io",
    url: "",
    note: "",
  },
  {
    name: "plink",
    title: "plink, PuTTY in a terminal",
    text: "plink -ssh -hostkey SHA256:Ab3dEfGhIjKlMnOpQrStUvWxYz0123456789abcdefg -P 12345 colab@0.tcp.eu.ngrok.io",
    url: "",
    note: "",
  },
  {
    name: "pscp",
    title: "pscp, PuTTY's copying",
    text: "pscp -hostkey SHA256:Ab3dEfGhIjKlMnOpQrStUvWxYz0123456789abcdefg -P 12345 FILE colab@0.tcp.eu.ngrok.io:/content/",
    url: "",
    note: "",
  },
];

export const GATEWAY = TOOLS[1]!;

export const DESKTOP = {
  display: ":1",
  port: 5901,
  password: "hT4wKx9m",
  view_only_password: "Rq7cYn3d",
  forward_command: "ssh -L 5901:127.0.0.1:5901 -p 12345 colab@0.tcp.eu.ngrok.io",
  viewer_address: "localhost:1",
  server: "TigerVNC 1.12.0",
  renderer: "llvmpipe (LLVM 15.0.6, 256 bits)",
  unused_gpu: "",
  connection_files: {
    "colabwidget.tigervnc": "TigerVNC Configuration file Version 1.0\n\nServerName=localhost:1\n",
    "colabwidget.vnc": "[connection]\nhost=localhost\nport=5901\n",
  },
};

export const ENDPOINT = { host: "0.tcp.eu.ngrok.io", port: 12345, proxy: "", jump: "" };

export const QUICK_TUNNEL = { host: QUICK, port: 22, proxy: PROXY, jump: "" };

/** An SSH relay that keeps its ports to itself. */
export const JUMP = { host: "localhost", port: 40123, proxy: "", jump: "ana@relay.example.org" };

/** A computer that is paired knows the machine by a name. */
export const OWN_SERVER = { host: "colabwidget", port: 22, proxy: "", jump: "" };

export const PAIRED_SSH = {
  ...SSH,
  host: "colabwidget",
  port: 22,
  password: null,
  command: "ssh colab@colabwidget",
  vscode_url: "vscode://vscode-remote/ssh-remote+colab@colabwidget:22/content",
  pairing: "http://10.0.0.7:8888/user/ana/#cw1.eNqrVkrLz1eyUkpKLFKqBQAdegQ",
};

export const details = (
  ssh: Content | null = SSH,
  revision = 1,
  desktop: Content | null = null,
  endpoint: Content = ENDPOINT,
  invitations: Content[] = [],
): Content => ({
  type: "details",
  epoch: "e1",
  revision,
  details: {
    phase: "connected",
    tunnel: { provider: "ngrok", endpoint },
    ssh,
    desktop,
    invitations,
  },
});

/** What guests need: one with a key, one with a password, and one of the desktop. */
export const INVITED = [
  {
    name: "guest-3fa91c",
    command: "ssh -p 12345 guest-3fa91c@0.tcp.eu.ngrok.io",
    password: null,
    viewer_address: "",
    viewer_password: null,
  },
  {
    name: "guest-b20e77",
    command: "ssh -p 12345 guest-b20e77@0.tcp.eu.ngrok.io",
    password: "mN4xRw8kTz2hVc6yBq9sLd",
    viewer_address: "",
    viewer_password: null,
  },
  {
    name: "guest-90c4d2",
    command: "ssh -N -L 5901:127.0.0.1:40211 -p 12345 guest-90c4d2@0.tcp.eu.ngrok.io",
    password: "xQ7bGm3nWk5tJr9pFz2hCv",
    viewer_address: "localhost:1",
    viewer_password: "gK4rTw8n",
  },
];

/** Three that are open: the first guest is in, the time of the last is over. */
export const INVITATIONS = [
  {
    name: "guest-3fa91c",
    sees: "shell",
    typing: true,
    way: "key github:octocat",
    seconds: 1700,
    present: true,
  },
  {
    name: "guest-b20e77",
    sees: "shell",
    typing: false,
    way: "one-time password",
    seconds: 1790,
    present: false,
  },
  {
    name: "guest-90c4d2",
    sees: "desktop",
    typing: false,
    way: "one-time password",
    seconds: 0,
    present: false,
  },
];

export const NO_SHELL = {
  code: "invite_no_shell",
  title: "There is no terminal to show.",
  cause: "A guest sees a terminal of this notebook, and none is open.",
  remedy: "Open the terminal on the card, or run colabwidget.Terminal() in a cell, then invite.",
  link: "",
  field: "",
  copy: "",
  offers: [] as Content[],
};

/** A guest who is in. */
export const GUEST = {
  name: "ssh-3",
  kind: "ssh",
  seconds: 130,
  idle: 20,
  way: "key octocat",
  address: "198.51.100.7",
  guest: "guest-3fa91c",
};
