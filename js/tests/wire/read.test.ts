import { describe, expect, it } from "vitest";
import {
  DESKTOP,
  DESKTOP_ERROR,
  ERROR,
  details,
  log,
  snapshot,
  SSH,
  state,
  STEPS,
} from "../../harness/states";
import { readMessage, readTraits } from "../../src/wire/read";

const GARBAGE = [undefined, null, 0, NaN, "", "state", true, [], [[]], {}, { type: "state" }];

describe("messages of the kernel", () => {
  it("are taken when they are right", () => {
    const steps = { steps: STEPS, elapsed: 3 };
    expect(readMessage({ serial: 1, ...state("working", steps) })).toMatchObject({
      type: "state",
      serial: 1,
      state: { phase: "working", elapsed: 3, steps: [{}, {}, { progress: 0.63 }, {}] },
      clicks_wait: false,
    });
    expect(readMessage({ serial: 2, ...log(["a", "b"]) })).toMatchObject({
      count: 2,
      text: "a\nb",
    });
    expect(readMessage({ serial: 3, ...details() })).toMatchObject({
      details: { ssh: { command: SSH.command, password: SSH.password } },
    });
  });

  it("tell of the desktop", () => {
    const { connection_files, forward_command, password, view_only_password } = DESKTOP;
    expect(readMessage({ serial: 1, ...details(SSH, 2, DESKTOP) })).toMatchObject({
      details: {
        desktop: { connection_files, forward_command, password, view_only_password },
      },
    });
    expect(readMessage({ serial: 1, ...details() })).toMatchObject({ details: { desktop: null } });
    const desktop = { phase: "failed", error: DESKTOP_ERROR };
    expect(readMessage({ serial: 1, ...state("connected", { desktop }) })).toMatchObject({
      state: { desktop },
    });
  });

  it.each(GARBAGE)("are left out when they are %j", (content) => {
    expect(readMessage(content)).toBeFalsy();
  });

  it("are left out without a serial number or a known phase", () => {
    expect(readMessage(state("idle"))).toBeFalsy();
    expect(readMessage({ serial: 1, ...state("dancing") })).toBeFalsy();
    expect(readMessage({ serial: 1, type: "dance" })).toBeFalsy();
  });

  it.each(GARBAGE)("get defaults where a part is %j", (part) => {
    for (const name of Object.keys(snapshot("idle"))) {
      if (name === "phase") continue;
      const message = readMessage({ serial: 1, ...state("idle", { [name]: part }) });
      expect(message).toMatchObject({ type: "state", state: { phase: "idle" } });
    }
    const around = { host: part, last_reply: part, clicks_wait: part };
    expect(readMessage({ serial: 1, ...state("idle", {}, around) })).toBeTruthy();
    const ssh = Object.fromEntries(Object.keys(SSH).map((name) => [name, part]));
    expect(readMessage({ serial: 1, ...details(ssh) })).toBeTruthy();
    const desktop = Object.fromEntries(Object.keys(DESKTOP).map((name) => [name, part]));
    expect(readMessage({ serial: 1, ...details(SSH, 2, desktop) })).toMatchObject({
      details: {
        desktop: {
          password: expect.any(String),
          connection_files: { "colabwidget.tigervnc": "", "colabwidget.vnc": "" },
        },
      },
    });
    const parts = { desktop: { phase: part, error: part } };
    expect(readMessage({ serial: 1, ...state("connected", parts) })).toMatchObject({
      state: { desktop: { error: null } },
    });
    expect(
      readMessage({ serial: 1, ...log([]), from: part, count: part, text: part }),
    ).toBeTruthy();
  });

  it("keep only steps that are objects", () => {
    const steps = ["x", null, { name: "check", title: "Check", status: "done" }, 3];
    expect(readMessage({ serial: 1, ...state("working", { steps }) })).toMatchObject({
      state: { steps: [{ name: "check", progress: null, seconds: null }] },
    });
  });

  it("offer only options that there are", () => {
    const options = { tunnel: "relay", server: 3, ssh: "yes", token: "x", desktop: true };
    const error = { ...ERROR, copy: "a line", offers: [{ title: "Go", options }, 3, {}] };
    expect(readMessage({ serial: 1, ...state("failed", { error }) })).toMatchObject({
      state: {
        error: {
          copy: "a line",
          offers: [
            { title: "Go", options: { tunnel: "relay", desktop: true } },
            { title: "", options: {} },
          ],
        },
      },
    });
  });

  it.each(GARBAGE)("have no offers and nothing to copy where these are %j", (part) => {
    const error = { ...ERROR, copy: part, offers: part };
    const message = readMessage({ serial: 1, ...state("failed", { error }) });
    expect(message).toMatchObject({ state: { error: { title: ERROR.title } } });
  });

  it.each(GARBAGE)("tell of ways in where the parts of these are %j", (part) => {
    for (const each of [part, [part], { ways: part }, { ways: [part] }]) {
      const ssh = { ...SSH, client: each, tools: each, folder: part };
      expect(readMessage({ serial: 1, ...details(ssh) })).toMatchObject({
        details: { ssh: { command: SSH.command, tools: expect.any(Array) } },
      });
    }
  });

  it("have no error where the code and the title are empty", () => {
    expect(readMessage({ serial: 1, ...state("failed", { error: {} }) })).toMatchObject({
      state: { error: null },
    });
  });
});

describe("traits", () => {
  it.each(GARBAGE)("are read even where they are %j", (value) => {
    const { providers, options, host } = readTraits(() => value);
    expect(providers).toBeInstanceOf(Array);
    expect(host === null || host.name === "").toBe(true);
    expect(Object.fromEntries(Object.entries(options).map(([k, v]) => [k, typeof v]))).toEqual({
      tunnel: "string",
      region: "string",
      ssh: "boolean",
      desktop: "boolean",
      user: "string",
      geometry: "string",
      depth: "number",
      vnc: "string",
      address: "string",
      server: "string",
      server_key: "string",
      identity: "string",
      mount_gdrive_to: "string",
      mount_gdrive_from: "string",
      idle_timeout: "number",
      session_timeout: "number",
      token_secret: "string",
    });
  });

  it.each(GARBAGE)("keep a provider whose parts are %j", (part) => {
    const names = ["title", "hint", "needs_token", "token_url", "token_secret", "regions"];
    const parts = Object.fromEntries(names.map((name) => [name, part]));
    for (const fields of [part, [part], [{ name: part }], [{ name: "server", label: part }]]) {
      const { providers } = readTraits((name) =>
        name === "providers" ? [{ name: "x", ...parts, fields }] : part,
      );
      expect(providers).toMatchObject([{ name: "x", hint: expect.any(String) }]);
      for (const field of providers[0]?.fields ?? []) expect(field.name).toBe("server");
    }
  });

  it("have no field for an option that no tunnel can ask for", () => {
    const fields = ["user", "token", "__proto__", "address"].map((name) => ({ name }));
    const { providers } = readTraits(() => [{ name: "x", fields }]);
    expect(providers[0]?.fields.map(({ name }) => name)).toEqual(["address"]);
  });
});
