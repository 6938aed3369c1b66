import { describe, expect, it } from "vitest";
import {
  DESKTOP,
  DESKTOP_ERROR,
  details,
  log,
  snapshot,
  SSH,
  state,
  STEPS,
} from "../harness/states";
import { readMessage, readTraits } from "../src/read";

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
    });
  });
});
