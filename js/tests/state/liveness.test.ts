import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FakeModel } from "../../harness/fake";
import { state, traits } from "../../harness/states";
import { type Connection, openConnection } from "../../src/state/connection";
import { lostBy, shownPhase } from "../../src/state/store";
import type { FrontEnd } from "../../src/wire/front-end";
import { TestClock, turn } from "../support";

let model: FakeModel;
let clock: TestClock;
let connection: Connection;
let frontEnd: { -readonly [name in keyof FrontEnd]: FrontEnd[name] };
let notebookSays: () => void;

const kernel = (began: number, place = "k1") => ({ kernel: { place, began } });
const up = (began = 1) => state("connected", {}, { clicks_wait: true, ...kernel(began) });
const probes = (): unknown[] => model.sent.filter(({ type }) => type === "ready");
/** The status that a front end passes on for the last message that was sent. */
const status = (execution_state: string, msg_type = "status"): void => {
  const { iopub } = model.callbacks as { iopub: { status: (message: unknown) => void } };
  iopub.status({ header: { msg_type }, content: { execution_state } });
};
const opened: Connection[] = [];
const openAnother = (with_model: FakeModel): Connection => {
  const other = openConnection(
    with_model,
    clock,
    () => undefined,
    () => undefined,
    (changed) => {
      notebookSays = changed;
      return frontEnd;
    },
  );
  opened.push(other);
  return other;
};

beforeEach(() => {
  model = new FakeModel(traits());
  clock = new TestClock();
  frontEnd = { gone: () => "", cut: () => false, busy: () => false, close: () => undefined };
  connection = openAnother(model);
});
afterEach(() => opened.splice(0).forEach((each) => each.close()));

describe("a kernel that the notebook calls gone", () => {
  it.each(["restarted", "ended"] as const)("is gone at once: %s", (how) => {
    model.say(up());
    frontEnd.gone = () => how;
    notebookSays();
    expect(connection.state).toMatchObject({ gone: how });
    expect(lostBy(connection.state)).toBe("gone");
    expect(shownPhase(connection.state)).toBe("connected");
    frontEnd.gone = () => "";
    model.say(up());
    expect(lostBy(connection.state)).toBe("");
  });

  it.each(["state", "busy", "log"])("stays gone after a late message of it: %s", (type) => {
    model.say(up());
    frontEnd.gone = () => "restarted";
    notebookSays();
    model.say({ ...up(), type, pause: 5, epoch: "e1", from: 0, count: 0, end: 0, text: "" });
    expect(lostBy(connection.state)).toBe("gone");
    clock.pass(60_000);
    expect(lostBy(connection.state)).toBe("gone");
  });

  it("leaves no click waiting", () => {
    model.say(up());
    connection.disconnect(false);
    frontEnd.gone = () => "restarted";
    notebookSays();
    expect(connection.state.pending).toMatchObject({ kind: "disconnect", expired: true });
  });

  it("is asked for no lines and no details", () => {
    model.say(state("connected", { details_revision: 1, log_end: 9 }, kernel(1)));
    frontEnd.gone = () => "restarted";
    notebookSays();
    const before = model.sent.length;
    clock.pass(60_000);
    expect(model.sent).toHaveLength(before);
  });

  it("asks to run the cell where nothing was going on", () => {
    model.say(state("idle", {}, kernel(1)));
    frontEnd.gone = () => "restarted";
    notebookSays();
    expect(shownPhase(connection.state)).toBe("dead");
  });
});

describe("a page without the notebook's server", () => {
  it("calls the kernel neither gone nor silent, and asks once it is back", () => {
    model.say(up());
    frontEnd.cut = () => true;
    notebookSays();
    clock.pass(600_000);
    expect(connection.state).toMatchObject({ cut: true });
    expect(connection.state.gone || "").toBe("");
    frontEnd.cut = () => false;
    const before = probes().length;
    notebookSays();
    expect(probes()).toHaveLength(before + 1);
    model.say(up());
    expect(lostBy(connection.state)).toBe("");
  });
});

describe("a connection that is back", () => {
  const comesBack = (): void => {
    model.say(up());
    frontEnd.cut = () => true;
    notebookSays();
    frontEnd.cut = () => false;
    notebookSays();
  };

  it("shows no other kernel as the one before, though the server hands on what that had said", () => {
    comesBack();
    model.say(up());
    for (let round = 0; round < 4; round++) {
      status("idle");
      clock.pass(4000);
    }
    expect(connection.state.gone).toBe("restarted");
    expect(lostBy(connection.state)).toBe("gone");
    const before = probes().length;
    clock.pass(60_000);
    expect(probes()).toHaveLength(before);
  });

  it("shows the same kernel once that has answered twice, and lets it rest", () => {
    comesBack();
    const before = probes().length;
    model.say(up());
    clock.pass(4000);
    expect(probes()).toHaveLength(before + 1);
    model.say(up());
    clock.pass(60_000);
    expect(probes()).toHaveLength(before + 1);
    expect(lostBy(connection.state)).toBe("");
  });

  it("still notices a click that is not answered", () => {
    comesBack();
    clock.pass(9000);
    expect(connection.state.silent).toBe(true);
    model.say(up());
    connection.disconnect(false);
    clock.pass(8100);
    expect(connection.state.pending?.expired).toBe(true);
  });
});

describe("a kernel that does not answer a click", () => {
  it("is silent in the end, and the click waits no more", () => {
    model.say(up());
    connection.disconnect(false);
    clock.pass(7900);
    expect(connection.state.silent).toBeFalsy();
    clock.pass(200);
    expect(connection.state.silent).toBe(true);
    expect(connection.state.pending?.expired).toBe(true);
    // It comes back, and answers the click that has waited.
    const request = model.last("disconnect")?.request;
    const error = { code: "clients_connected", title: "A client is signed in." };
    model.say({ ...up(), last_reply: { request, error } });
    expect(connection.state.refusal).toMatchObject({ kind: "disconnect" });
    expect(lostBy(connection.state)).toBe("");
  });

  it("is busy, not silent, while it says so or the notebook does, however long", () => {
    model.say(up());
    connection.disconnect(false);
    for (let i = 0; i < 120; i++) {
      model.say({ type: "busy", pause: 5 });
      clock.pass(5000);
    }
    expect(connection.state).toMatchObject({ busy: true });
    expect(connection.state.pending?.expired).toBeFalsy();
    frontEnd.busy = () => true;
    clock.pass(600_000);
    expect(connection.state).toMatchObject({ busy: true });
    expect(connection.state.pending?.expired).toBeFalsy();
    frontEnd.busy = () => false;
    clock.pass(60_000);
    expect(connection.state.silent).toBe(true);
  });

  it("is asked again after the computer has slept", () => {
    model.say(up());
    connection.look();
    clock.pass(25_000);
    connection.look();
    clock.sleep(3_600_000);
    expect(connection.state.silent).toBeFalsy();
    const before = probes().length;
    clock.pass(3900);
    expect(connection.state.silent).toBeFalsy();
    expect(probes().length).toBeGreaterThanOrEqual(before);
    clock.pass(200);
    expect(connection.state.silent).toBe(true);
  });
});

describe("a kernel that handles what it is asked and says nothing", () => {
  const ask = (): void => {
    status("busy");
    status("idle");
    clock.pass(4000);
  };

  it("is another one, once that was so three times", () => {
    model.say(up());
    connection.disconnect(false);
    clock.pass(4000);
    ask();
    ask();
    expect(lostBy(connection.state)).toBe("");
    ask();
    expect(connection.state.gone).toBe("restarted");
  });

  it("is the same where only an answer was lost", () => {
    model.say(up());
    connection.disconnect(false);
    clock.pass(4000);
    ask();
    ask();
    model.say(up());
    clock.pass(4000);
    ask();
    expect(lostBy(connection.state)).toBe("");
  });

  it("is not known where the front end makes up its status", () => {
    model.say(up());
    connection.disconnect(false);
    clock.pass(4000);
    status("idle", "");
    clock.pass(4000);
    expect(lostBy(connection.state)).toBe("silent");
  });
});

describe("a kernel that speaks to another view", () => {
  const another = async (began: number, place?: string): Promise<void> => {
    const other = new FakeModel(traits());
    openAnother(other);
    other.say(state("idle", {}, kernel(began, place)));
    for (let i = 0; i < 20; i++) await new Promise((done) => setTimeout(done, 1));
    await turn();
  };

  it("has replaced an older one of the same name", async () => {
    model.say(up(100));
    await another(200);
    expect(connection.state.gone).toBe("restarted");
    model.say(up(100));
    expect(connection.state.gone).toBe("restarted");
  });

  it.each([
    ["it is the same", 100, "k1"],
    ["it is the older", 50, "k1"],
    ["it has another name", 200, "k2"],
    ["it has no name", 200, ""],
  ])("has not where %s", async (_, began, place) => {
    model.say(state("connected", {}, kernel(100, place && "k1")));
    await another(began, place);
    expect(lostBy(connection.state)).toBe("");
  });
});

describe("a connection that is up", () => {
  it("is looked at again when its user looks at the card, and not by itself", () => {
    model.say(up());
    clock.pass(600_000);
    expect(probes()).toHaveLength(1);
    connection.look();
    expect(probes()).toHaveLength(2);
    model.say(up());
    connection.look();
    expect(probes()).toHaveLength(2);
  });

  it("is not asked for where nothing is going on", () => {
    model.say(state("idle"));
    clock.pass(600_000);
    connection.look();
    expect(probes()).toHaveLength(1);
  });
});
