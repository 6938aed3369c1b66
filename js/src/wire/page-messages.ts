/**
 * The messages that a page sends.
 *
 * Made by `python scripts/protocol.py` from the Python classes: edit those.
 */
import type { Inside, Options } from "./protocol";

export type PageMessage =
  | { type: "ready"; view: string; serial: number }
  | {
      type: "connect";
      request: string;
      token: string;
      token_secret: string;
      public_key: string;
      options: Options;
    }
  | { type: "cancel"; request: string }
  | { type: "disconnect"; request: string; force: boolean }
  | { type: "desktop"; request: string; on: boolean; options: Options; force: boolean }
  | { type: "end_presence"; request: string; name: string }
  | { type: "keep_open"; request: string; for_good: boolean }
  | { type: "change_passwords"; request: string; end: boolean }
  | {
      type: "invite";
      request: string;
      sees: "shell" | "desktop";
      typing: boolean;
      key: string;
      minutes: number;
    }
  | { type: "revoke"; request: string; name: string }
  | { type: "restart"; request: string }
  | { type: "show"; kind: Inside; on: boolean }
  | { type: "reveal"; view: string; curve: "X25519" | "P-256" | ""; point: string }
  | { type: "load" }
  | { type: "log_since"; epoch: string; from: number }
  | { type: "seen"; view: string; serial: number; log: number };
