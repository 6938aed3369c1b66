import { describe, expect, it } from "vitest";
import {
  DESKTOP,
  details,
  ERROR,
  HOST,
  OPTIONS,
  SSH,
  state as stateOf,
} from "../../harness/states";
import * as store from "../../src/state/store";
import type { DetailsMessage, StateMessage } from "../../src/wire/protocol";
import { readMessage } from "../../src/wire/read";

type Content = Record<string, unknown>;

const options = { ...OPTIONS, token_secret: "" };
const fresh = store.initial({ options, providers: [], host: null }, true);

const told = (serial: number, phase: string, more: Content = {}, around: Content = {}) =>
  readMessage({ serial, ...stateOf(phase, more, around) }) as StateMessage;
const withDesktop = (serial: number, revision = 2) =>
  readMessage({ serial, ...details(SSH, revision, DESKTOP) }) as DetailsMessage;
const desktopIs = (serial: number, phase: string, more: Content = {}, around: Content = {}) =>
  told(serial, "connected", { desktop: { phase, error: null }, ...more }, around);
const detailed = (serial: number, revision: number, more: Content = {}, epoch = "e1") =>
  readMessage({ serial, ...details({ ...SSH, ...more }, revision), epoch }) as DetailsMessage;

const take = (state: store.State, ...messages: (StateMessage | DetailsMessage)[]): store.State =>
  messages.reduce(
    (had, message) =>
      message.type === "state"
        ? store.applyState(had, message, 0)
        : store.applyDetails(had, message),
    state,
  );

const clicked = (state: store.State, kind: store.Click): store.State =>
  store.applyClick(state, kind, "r1", 0);
const reply = (error: Content | null, request = "r1"): Content => ({
  last_reply: { request, error },
});

describe("what is shown", () => {
  it("is the form on a fresh page, and a question where something was going on", () => {
    expect(store.shownPhase(fresh)).toBe("idle");
    expect(store.shownPhase({ ...fresh, fresh: false })).toBe("asking");
    expect(store.shownPhase({ ...fresh, silent: true })).toBe("dead");
  });

  it("follows the newest state", () => {
    let state = take(fresh, told(5, "working"));
    expect(store.shownPhase(state)).toBe("working");
    state = take(state, told(4, "idle"), told(5, "failed"));
    expect(store.shownPhase(state)).toBe("working");
    expect(store.shownPhase(take(state, told(6, "connected")))).toBe("connected");
  });

  it("is the form after Try again, until another session", () => {
    let state = { ...take(fresh, told(1, "failed")), retry: true };
    expect(store.shownPhase(state)).toBe("idle");
    state = take(state, told(2, "failed")) as typeof state;
    expect(store.shownPhase(state)).toBe("idle");
    state = take(state, told(3, "working"), told(4, "failed")) as typeof state;
    expect(store.shownPhase(state)).toBe("failed");
  });

  it("takes the host from the message", () => {
    expect(take(fresh, told(1, "idle")).host?.name).toBe(HOST.name);
    expect(take(take(fresh, told(1, "idle")), told(2, "idle", {}, { host: 3 })).host?.name).toBe(
      HOST.name,
    );
  });
});

describe("a click on Connect", () => {
  it("shows a session at once and goes on when the session does", () => {
    let state = clicked(take(fresh, told(1, "idle")), "connect");
    expect(store.shownPhase(state)).toBe("working");
    state = take(state, told(2, "idle"));
    expect(store.shownPhase(state)).toBe("working");
    state = take(state, told(3, "working", { revision: 4 }));
    expect(state.pending).toBeNull();
  });

  it("does not fall back to the form between the answer and the first step", () => {
    const state = take(
      clicked(take(fresh, told(1, "idle")), "connect"),
      told(2, "idle", {}, reply(null)),
    );
    expect(store.shownPhase(state)).toBe("working");
    expect(store.shownPhase(take(state, told(3, "working", { revision: 4 })))).toBe("working");
  });

  it("ends where the session failed before the page saw it start", () => {
    const before = take(fresh, told(1, "failed", { revision: 2 }));
    const state = take(clicked({ ...before, retry: true }, "connect"), told(2, "failed"));
    expect(store.shownPhase(state)).toBe("failed");
  });

  it("gives the form back with the error that answers it", () => {
    const state = take(
      clicked(take(fresh, told(1, "idle")), "connect"),
      told(2, "idle", {}, reply(ERROR)),
    );
    expect(store.shownPhase(state)).toBe("idle");
    expect(state.refusal).toMatchObject({ kind: "connect", error: { field: "token" } });
    expect(take(state, told(3, "idle")).refusal).not.toBeNull();
    expect(take(state, told(3, "working")).refusal).toBeNull();
  });

  it("stands in the form as well where Python asked and no view did", () => {
    const unasked = told(2, "idle", {}, reply({ ...ERROR, field: "token" }, "unasked"));
    const state = take(fresh, unasked);
    expect(state.refusal).toMatchObject({ kind: "connect", error: { field: "token" } });
    expect(store.shownPhase(take(state, told(3, "failed")))).toBe("idle");
    expect(take(state, told(3, "working")).refusal).toBeNull();
    // A view that has just asked waits for its own answer.
    expect(take(clicked(fresh, "connect"), unasked).refusal).toBeNull();
  });

  it("is not answered by the answer to another view", () => {
    const state = take(
      clicked(take(fresh, told(1, "idle")), "connect"),
      told(2, "idle", {}, reply(ERROR, "r9")),
    );
    expect(state.refusal).toBeFalsy();
    expect(store.shownPhase(state)).toBe("working");
  });
});

describe("a click on Cancel or Disconnect", () => {
  it("is settled when nothing is going on any more", () => {
    let state = clicked(take(fresh, told(1, "working")), "cancel");
    state = take(state, told(2, "closing", {}, reply(null)));
    expect(state.pending?.accepted).toBe(true);
    expect(take(state, told(3, "idle")).pending).toBeNull();
  });

  it("is settled by an error, which stays while the session does", () => {
    let state = clicked(take(fresh, told(1, "connected")), "disconnect");
    state = take(state, told(2, "connected", {}, reply({ ...ERROR, code: "clients_connected" })));
    expect(state.pending).toBeNull();
    expect(state.refusal?.error.code).toBe("clients_connected");
    expect(take(state, told(3, "connected")).refusal).not.toBeNull();
    expect(take(state, told(3, "idle")).refusal).toBeNull();
  });

  it("is settled quietly where the session has ended meanwhile", () => {
    let state = clicked(take(fresh, told(1, "working")), "cancel");
    state = take(state, told(2, "failed", {}, reply({ ...ERROR, code: "not_connected" })));
    expect(state.refusal).toBeNull();
    expect(store.shownPhase(state)).toBe("failed");
  });
});

describe("a click on the desktop", () => {
  it("is settled when it is accepted and something has moved", () => {
    let state = clicked(take(fresh, desktopIs(1, "idle")), "desktop");
    expect(store.shownPhase(state)).toBe("connected");
    state = take(state, desktopIs(2, "idle", {}, reply(null)));
    expect(state.pending?.accepted).toBe(true);
    expect(take(state, desktopIs(3, "working", { revision: 4 })).pending).toBeNull();
  });

  it("is not settled by what moves before the kernel has heard it", () => {
    const state = clicked(take(fresh, desktopIs(1, "working")), "desktop");
    expect(take(state, desktopIs(2, "working", { revision: 4 })).pending).not.toBeNull();
  });

  it("is settled when the desktop is being closed, whose end is the answer", () => {
    const state = clicked(take(fresh, desktopIs(1, "connected")), "desktop");
    expect(take(state, desktopIs(2, "closing", { revision: 4 })).pending).toBeNull();
  });

  it("is settled by a refusal, which stays while the session does", () => {
    let state = clicked(take(fresh, desktopIs(1, "idle")), "desktop");
    state = take(state, desktopIs(2, "idle", {}, reply(ERROR)));
    expect(state.pending).toBeNull();
    expect(state.refusal).toMatchObject({ kind: "desktop", error: { code: ERROR.code } });
    expect(store.shownPhase(state)).toBe("connected");
    expect(take(state, told(3, "failed")).refusal).toBeNull();
  });

  it("ends with the session", () => {
    const state = clicked(take(fresh, desktopIs(1, "idle")), "desktop");
    expect(take(state, told(2, "failed")).pending).toBeNull();
  });
});

describe("the desktop's secrets", () => {
  const shown = { "show-vnc-password": true, "show-view-only-password": true };
  const up = (phase: string, serial: number, revision = 2) =>
    desktopIs(serial, phase, { details_revision: revision });
  const state = { ...take(fresh, up("connected", 1), withDesktop(2)), open: shown };

  it("stay while it is there", () => {
    for (const phase of ["connected", "reconnecting", "working"]) {
      const later = take(state, up(phase, 3));
      expect(store.currentDetails(later)?.desktop?.password).toBe(DESKTOP.password);
      expect(later.open).toEqual(shown);
    }
  });

  it.each(["idle", "failed", "closing"])("leave the page when it is %s", (phase) => {
    const later = take(state, up(phase, 3, 3));
    expect(JSON.stringify(later)).not.toContain(DESKTOP.password);
    expect(JSON.stringify(later)).not.toContain(DESKTOP.view_only_password);
    expect(store.currentDetails(later)?.ssh?.password).toBe(SSH.password);
    expect(Object.values(later.open)).toEqual([false, false]);
    expect(store.lacksDetails(later)).toBe(true);
  });

  it("do not come back late, and come early without being lost", () => {
    const gone = take(fresh, up("connected", 1), up("idle", 3, 3));
    expect(store.currentDetails(take(gone, withDesktop(2)))?.desktop).toBeNull();
    const early = take(fresh, up("idle", 1, 1), detailed(2, 1), withDesktop(5), up("idle", 4, 1));
    expect(store.currentDetails(take(early, up("connected", 6)))?.desktop).not.toBeNull();
  });

  it("go with the session", () => {
    expect(JSON.stringify(take(state, told(3, "idle")))).not.toContain(DESKTOP.password);
  });
});

describe("details", () => {
  const connected = (serial: number, details_revision: number, epoch = "e1") =>
    told(serial, "connected", { details_revision, epoch });

  it("are shown when they belong to the state", () => {
    const state = take(fresh, connected(1, 1), detailed(2, 1));
    expect(store.currentDetails(state)?.ssh?.command).toBe(SSH.command);
    expect(store.lacksDetails(state)).toBe(false);
  });

  it("may come before the state", () => {
    const early = take(fresh, detailed(1, 1));
    expect(store.currentDetails(early)).toBeNull();
    expect(store.currentDetails(take(early, connected(2, 1)))).not.toBeNull();
  });

  it("are asked for when they are missing or old", () => {
    expect(store.lacksDetails(take(fresh, connected(1, 1)))).toBe(true);
    const old = take(fresh, connected(1, 1), detailed(2, 1), connected(3, 2));
    expect(store.lacksDetails(old)).toBe(true);
    expect(store.currentDetails(old)).not.toBeNull();
    expect(store.lacksDetails(take(old, detailed(4, 2)))).toBe(false);
    expect(store.lacksDetails(take(fresh, told(1, "working")))).toBe(false);
  });

  it("of another backend are not shown", () => {
    const state = take(fresh, connected(1, 1), detailed(2, 1), connected(3, 1, "e2"));
    expect(store.currentDetails(state)).toBeNull();
    expect(store.lacksDetails(state)).toBe(true);
  });

  it("go when the session has gone, and do not come back late", () => {
    const late = detailed(3, 1);
    const state = take(fresh, connected(1, 1), detailed(2, 1), told(4, "idle"), late);
    expect(state.details).toBeNull();
    const other = take(fresh, connected(1, 1), told(4, "idle", { epoch: "e2" }), late);
    expect(other.details).toBeFalsy();
  });

  it("tell of a new address once they were shown with another", () => {
    const state = take(fresh, connected(1, 1), detailed(2, 1));
    expect(state.moved).toBeFalsy();
    expect(take(state, detailed(3, 2)).moved).toBe(false);
    const moved = take(state, detailed(3, 2, { command: "ssh elsewhere" }));
    expect(moved.moved).toBe(true);
    expect(take(moved, detailed(4, 3, { command: "ssh elsewhere" })).moved).toBe(true);
    expect(take(moved, told(5, "idle")).moved).toBe(false);
  });
});
