import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeModel } from "../../harness/fake";
import { details, log, OPTIONS, state, traits } from "../../harness/states";
import { type Connection, openConnection } from "../../src/state/connection";
import type { MakeAsker } from "../../src/state/seal";
import { watchFrontEnd } from "../../src/wire/front-end";
import { TestClock } from "../support";

let model: FakeModel;
let clock: TestClock;
let connection: Connection;
let changed: () => void;

const sent = (type: string): Record<string, unknown>[] =>
  model.sent.filter((each) => each.type === type);

beforeEach(() => {
  model = new FakeModel(traits());
  clock = new TestClock();
  changed = vi.fn();
  const el = document.createElement("div");
  connection = openConnection(
    model,
    clock,
    changed,
    () => undefined,
    (news) => watchFrontEnd(model, el, news),
  );
});
afterEach(() => connection.close());

describe("a new view", () => {
  it("says ready first, and knows the traits", () => {
    expect(model.sent).toEqual([{ type: "ready", view: connection.id, serial: -1 }]);
    expect(connection.state).toMatchObject({
      options: { tunnel: "ngrok", ssh: true },
      fresh: true,
    });
    expect(connection.state.providers.map(({ name }) => name)).toEqual([
      "ngrok",
      "cloudflare",
      "relay",
      "direct",
      "through",
    ]);
  });

  it("has no kernel when nothing comes in four seconds, and recovers", () => {
    clock.pass(3900);
    expect(connection.state.silent).toBeFalsy();
    clock.pass(200);
    expect(connection.state.silent).toBe(true);
    model.say(state("idle"));
    expect(connection.state.silent).toBeFalsy();
    clock.pass(600_000);
    expect(connection.state.silent).toBeFalsy();
    expect(sent("ready")).toHaveLength(1);
  });

  it("survives garbage", () => {
    for (const content of [undefined, null, 3, "x", [], {}, { type: "log", serial: "x" }]) {
      model.emit("msg:custom", content);
    }
    model.emit("msg:custom");
    expect(connection.state.answered).toBeFalsy();
  });

  it("survives a model that refuses to send", () => {
    model.send = () => {
      throw new Error("closed");
    };
    expect(() => connection.cancel()).not.toThrow();
  });
});

describe("what was seen", () => {
  it("is acknowledged, at most each half second, and only news", () => {
    model.say(state("working", { log_end: 1 }));
    model.say(log(["a"]));
    model.say(state("working", { log_end: 1 }));
    expect(sent("seen")).toEqual([{ type: "seen", view: connection.id, serial: 1, log: 0 }]);
    clock.pass(500);
    expect(sent("seen").at(-1)).toMatchObject({ serial: 3, log: 1 });
    clock.pass(5000);
    expect(sent("seen")).toHaveLength(2);
  });

  it("is said again where the kernel repeats itself", () => {
    model.say({ serial: 7, ...state("idle") });
    clock.pass(1000);
    model.say({ serial: 7, ...state("idle") });
    expect(sent("seen")).toHaveLength(2);
  });
});

describe("missing lines", () => {
  it("are asked for after a moment, one question at a time, and again", () => {
    model.say(state("working", { log_end: 3 }));
    expect(sent("log_since")).toHaveLength(0);
    clock.pass(150);
    expect(sent("log_since")).toEqual([{ type: "log_since", epoch: "e1", from: 0 }]);
    clock.pass(1400);
    expect(sent("log_since")).toHaveLength(1);
    clock.pass(100);
    expect(sent("log_since")).toHaveLength(2);
    clock.pass(3000);
    expect(sent("log_since")).toHaveLength(3);
    clock.pass(6000);
    expect(sent("log_since")).toHaveLength(4);
    clock.pass(6000);
    expect(sent("log_since")).toHaveLength(5);
    model.say(log(["a", "b", "c"]));
    clock.pass(60_000);
    expect(sent("log_since")).toHaveLength(5);
  });

  it("are asked for in one go where an answer brings only a part", () => {
    model.say(state("working", { log_end: 4 }));
    clock.pass(150);
    model.say(log(["a", "b"], 0, 4));
    clock.pass(20);
    expect(sent("log_since").at(-1)).toMatchObject({ from: 2 });
    model.say(log(["c", "d"], 2, 4));
    clock.pass(60_000);
    expect(sent("log_since")).toHaveLength(2);
    expect(connection.log.lines).toEqual(["a", "b", "c", "d"]);
  });

  it("are not asked for while batches keep coming", () => {
    model.say(state("working"));
    for (let i = 0; i < 10; i++) {
      model.say(log([`${i}`], i, i + 2));
      clock.pass(100);
    }
    expect(sent("log_since")).toHaveLength(0);
    clock.pass(150);
    expect(sent("log_since")).toMatchObject([{ from: 10 }]);
  });

  it("are asked for after a gap", () => {
    model.say(state("working"));
    model.say(log(["a"]));
    model.say(log(["c"], 2));
    expect(connection.log.lines).toEqual(["a"]);
    clock.pass(150);
    expect(sent("log_since")).toMatchObject([{ from: 1 }]);
    model.say(log(["b", "c"], 1));
    expect(connection.log.lines).toEqual(["a", "b", "c"]);
  });
});

describe("missing details", () => {
  /** Asks with a key that is there at once. */
  const makeAsker: MakeAsker = ({ view, send }) => {
    const ask = (): void => send({ type: "reveal", view, curve: "X25519", point: "AAAA" });
    return { ask, askInClear: ask, settle: () => undefined, take: () => undefined };
  };

  beforeEach(() => connection.askWith(makeAsker));

  it("are asked for after a second, then each two", () => {
    model.say(state("connected", { details_revision: 1 }));
    clock.pass(900);
    expect(sent("reveal")).toHaveLength(0);
    clock.pass(100);
    expect(sent("reveal")).toHaveLength(1);
    clock.pass(4000);
    expect(sent("reveal")).toHaveLength(3);
    model.say(details());
    clock.pass(60_000);
    expect(sent("reveal")).toHaveLength(3);
  });

  it("are not asked for when they come by themselves", () => {
    model.say(state("connected", { details_revision: 1 }));
    model.say(details());
    clock.pass(60_000);
    expect(sent("reveal")).toHaveLength(0);
  });

  it("are taken only where they are for this view", () => {
    model.say(state("connected", { details_revision: 1 }));
    model.say({ ...details(), view: "another" });
    expect(connection.state.details).toBeFalsy();
    model.say(details());
    expect(connection.state.details).toMatchObject({ view: connection.id });
  });
});

describe("clicks", () => {
  it("carry their own request, and the options as they are", () => {
    model.say(state("idle"));
    connection.set({ publicKey: "ssh-ed25519 AAAA" });
    connection.connect("2abc", "");
    expect(model.last("connect")).toEqual({
      type: "connect",
      request: expect.any(String),
      token: "2abc",
      token_secret: "",
      public_key: "ssh-ed25519 AAAA",
      options: OPTIONS,
    });
    connection.cancel();
    connection.disconnect(true);
    const requests = ["connect", "cancel", "disconnect"].map((type) => model.last(type)?.request);
    expect(new Set(requests).size).toBe(3);
    expect(connection.state.publicKey).toBe("ssh-ed25519 AAAA");
  });

  it("add the desktop and take it away, the depth that Python set with them", () => {
    model.set("depth", 16);
    model.say(state("connected"));
    connection.withDesktop(true);
    expect(model.last("desktop")).toEqual({
      type: "desktop",
      request: expect.any(String),
      on: true,
      options: { ...OPTIONS, depth: 16 },
      force: false,
    });
    connection.withDesktop(false);
    expect(model.last("desktop")).toMatchObject({ on: false, force: false });
  });

  it.each(["-----BEGIN OPENSSH PRIVATE KEY-----\nx", "PuTTY-User-Key-File-3: ssh-ed25519\nx"])(
    "leave no private key behind: %s",
    (publicKey) => {
      connection.set({ publicKey });
      connection.connect("2abc", "");
      expect(connection.state.publicKey).toBe("");
    },
  );

  it("are late after a second and a half without an answer", () => {
    model.say(state("connected", {}, { clicks_wait: true }));
    connection.disconnect(false);
    clock.pass(1400);
    expect(connection.state.slow).toBe(false);
    clock.pass(100);
    expect(connection.state.slow).toBe(true);
    const request = model.last("disconnect")?.request;
    model.say(state("closing", {}, { last_reply: { request, error: null } }));
    expect(connection.state.slow).toBe(false);
  });

  it("make a silent kernel known", () => {
    model.say(state("idle"));
    connection.connect("2abc", "");
    clock.pass(4000);
    expect(sent("ready")).toHaveLength(2);
    clock.pass(4000);
    expect(connection.state).toMatchObject({ answered: true, silent: true });
    model.say(state("working"));
    expect(connection.state.silent).toBeFalsy();
  });
});

describe("a kernel after another", () => {
  it("is told how far the page has come, so that it begins beyond", () => {
    model.say({ serial: 70, ...state("connected", { details_revision: 1 }) });
    model.say({ serial: 71, ...details() });
    model.emit("comm_live_update");
    expect(sent("ready").at(-1)).toMatchObject({ serial: 71 });
    // One whose clock was set back has not heard of it yet: what the page has seen tells it.
    clock.pass(1000);
    model.say({ serial: 5, ...state("idle") });
    expect(sent("seen").at(-1)).toMatchObject({ serial: 70 });
    expect(connection.state.snapshot?.phase).toBe("connected");
    model.say({ serial: 72, ...state("idle") });
    expect(connection.state.snapshot?.phase).toBe("idle");
  });
});

describe("a silent kernel", () => {
  it("is not one that says that it is busy with a cell", () => {
    model.say(state("working", {}, { clicks_wait: true }));
    for (let i = 0; i < 120; i++) {
      model.say({ type: "busy", pause: 5 });
      clock.pass(5000);
      expect(connection.state).toMatchObject({ busy: true });
    }
    clock.pass(60_000);
    expect(connection.state.silent).toBe(true);
  });

  it("is not looked for while the connection is up", () => {
    model.say(state("connected"));
    clock.pass(600_000);
    expect(sent("ready")).toHaveLength(1);
  });

  it("is looked for while the desktop is on its way or coming back", () => {
    for (const phase of ["working", "reconnecting", "closing"]) {
      model.say(state("connected", { desktop: { phase, error: null } }));
      const before = sent("ready").length;
      clock.pass(20_000);
      expect(sent("ready")).toHaveLength(before + 1);
    }
    for (const phase of ["idle", "connected", "failed"]) {
      model.say(state("connected", { desktop: { phase, error: null } }));
      const before = sent("ready").length;
      clock.pass(600_000);
      expect(sent("ready")).toHaveLength(before);
    }
  });

  it("is looked for when the notebook says that it went away", () => {
    model.say(state("connected"));
    model.emit("comm_live_update");
    expect(sent("ready")).toHaveLength(2);
    clock.pass(4000);
    expect(connection.state.silent).toBe(true);
  });
});

describe("options", () => {
  it("are traits: set here, and set from Python", () => {
    connection.option("region", "eu");
    expect(model.traits.region).toBe("eu");
    expect(model.saves).toBe(1);
    expect(connection.state.options.region).toBe("eu");
    model.set("user", "ana");
    expect(connection.state.options.user).toBe("ana");
  });

  it("leave the host that a message told", () => {
    model.set("host", { name: "Kaggle" });
    expect(connection.state.host?.name).toBe("Kaggle");
    model.say(state("idle"));
    model.set("host", { name: "Kaggle", gpu: "x" });
    expect(connection.state.host?.name).toBe("Google Colab");
  });
});

describe("a view that is closed", () => {
  it("leaves nothing behind", () => {
    model.say(state("working", { log_end: 3, details_revision: 1 }));
    connection.cancel();
    connection.close();
    expect(model.listening).toBe(0);
    expect(clock.waiting).toBe(0);
  });
});
