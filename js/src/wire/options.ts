/**
 * The options of a session, as a page sets them, and what a form asks for.
 *
 * Made by `python scripts/protocol.py` from the Python classes: edit those.
 */

/** The tunnel of a session that opens nothing to the outside. */
export const NO_TUNNEL = "none";

/** The options that a tunnel can ask for. */
export const ASKED = ["address", "server", "server_key", "identity"] as const;
export type Asked = (typeof ASKED)[number];

/** The options that a page can set, and what each is. */
export interface Options {
  /** What makes the machine reachable. */
  tunnel: string;
  /** One of the tunnel's regions; empty for the nearest. */
  region: string;
  /** Whether SSH is opened. */
  ssh: boolean;
  /** Whether a desktop is opened, which clients reach through SSH. */
  desktop: boolean;
  /** The account to sign in to; without root, empty and colab mean the notebook's own. */
  user: string;
  /** The address to listen on; empty for the machine's own. */
  address: string;
  /** The server. */
  server: string;
  /** Fingerprint of the server's host key; empty for a server that is known. */
  server_key: string;
  /** Path of the private key that the server accepts; empty for a new key. */
  identity: string;
  /** Minutes without a client until the tunnel is closed; 0 for never. */
  idle_timeout: number;
  /** Minutes until the session ends, whatever goes on in it; 0 for never. */
  session_timeout: number;
  /** Folder in the account's home where Google Drive appears; empty for none. */
  mount_gdrive_to: string;
  /** Folder of Google Drive, such as My Drive/data; empty for the whole drive. */
  mount_gdrive_from: string;
  /** First size of the desktop in pixels; a viewer can change it. */
  geometry: string;
  /** Colour depth of the desktop, in bits per pixel. */
  depth: number;
  /** The VNC server; auto is TurboVNC if it can be downloaded. */
  vnc: string;
}

/** The options of the form, and how the token is given. */
export interface Settings extends Options {
  /**
   * Name of the secret that holds the tunnel's authtoken: one of Colab's or Kaggle's secrets, or an
   * environment variable.
   */
  token_secret: string;
}

/** A value that an option can have. */
export interface Choice {
  value: string;
  title: string;
}

/** An option that a tunnel asks for. */
export interface AskedField {
  name: Asked;
  label: string;
  hint: string;
  placeholder: string;
  required: boolean;
  suggestions: Choice[];
}

/** What the provider of a tunnel counts. */
export interface Metered {
  limits: string;
  month: number;
  usage_url: string;
}

/** The part of a TunnelSpec that a page gets. */
export interface Provider {
  name: string;
  title: string;
  cost: string;
  hint: string;
  needs_token: boolean;
  token_url: string;
  token_secret: string;
  metered: Metered | null;
  regions: Choice[];
  region_hint: string;
  fields: AskedField[];
}

/** The VNC servers that a desktop can have, in the order of the form. */
export const VNC_SERVERS: Choice[] = [
  { value: "auto", title: "Automatic" },
  { value: "turbovnc", title: "TurboVNC" },
  { value: "tigervnc", title: "TigerVNC" },
];
