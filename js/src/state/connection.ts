import { type Clock, timer } from "../dom/clock";
import { bytesOf } from "../wire/bytes";
import { type FrontEnd, SILENT_FRONT_END } from "../wire/front-end";
import type { Model } from "../wire/model";
import type { PageMessage } from "../wire/page-messages";
import type { Inside, Invitation, KernelMessage, Options, Settings } from "../wire/protocol";
import { joinPrivate, splitPrivate } from "../wire/private";
import { readMessage, readTraits, TRAIT_NAMES } from "../wire/read";
import { watchKernels } from "./kernels";
import { DEAD, LOOK_AFTER, watchLiveness, whenHandled } from "./liveness";
import { Log } from "./log";
import { createRetry } from "./retry";
import type { Asker, MakeAsker } from "./seal";
import * as store from "./store";

/** Milliseconds. */
const SLOW = 1500;
const ACKNOWLEDGE_INTERVAL = 500;

const unique = (): string => crypto.getRandomValues(new Uint32Array(4)).join("");

/** One view's connection to the kernel: what it knows and what the user can ask for. */
export interface Connection {
  /** Names this view among all: to the kernel, and in the names of its elements. */
  readonly id: string;
  state: store.State;
  readonly log: Log;
  /** Applies a message of the kernel; any other content is ignored. */
  receive(content: unknown, buffers?: unknown): void;
  set(change: Partial<store.State>): void;
  option<K extends keyof Settings>(name: K, value: Settings[K]): void;
  /** With a token that was pasted, or by the name of a secret, or without one. */
  connect(token: string, secretName: string, instead?: Partial<Options>): void;
  cancel(): void;
  disconnect(force: boolean): void;
  /** Ends an SSH connection, or a shell or view, by its name. */
  endPresence(name: string): void;
  /** Begins the time until the session closes by itself anew, or ends that time. */
  keepOpen(for_good: boolean): void;
  /** Makes new passwords; with `end`, open SSH connections end. */
  changePasswords(end: boolean): void;
  /** Lets a guest see something for so many minutes; with an empty key, by a password. */
  invite(sees: Invitation["sees"], typing: boolean, key: string, minutes: number): void;
  /** Ends an invitation, by its name. */
  revoke(name: string): void;
  /** Ends a backend of another version. */
  restart(): void;
  /** Opens the desktop or a terminal inside the card, or closes it; what it shows goes on. */
  inside(kind: Inside, on: boolean): void;
  /** Adds the desktop to the session, or takes it away. */
  withDesktop(on: boolean, force?: boolean): void;
  /** Asks for the details from now on, in the way that a part of the card has brought. */
  askWith(make: MakeAsker): void;
  /** Asks for the details, which every client of the kernel can then read. */
  showDetails(): void;
  /** Asks how busy the machine is. */
  askLoad(): void;
  /** Asks the kernel whether it is there, unless it has just spoken. */
  look(): void;
  /** Ends everything that this view has under way. */
  close(): void;
}

/**
 * @param changed called after each change of the state
 * @param logged called after each change of the log
 * @param watch begins to watch what the notebook tells of the kernel, and calls back at each change
 */
export function openConnection(
  model: Model,
  clock: Clock,
  changed: () => void,
  logged: () => void,
  watch: (changed: () => void) => FrontEnd = () => SILENT_FRONT_END,
): Connection {
  const log = new Log();
  const slowTimer = timer(clock);
  const acknowledgeTimer = timer(clock);
  const id = `cw-${unique()}`;
  let lastAcknowledged = "";
  let newestSerial = -1;
  let heardAt = -Infinity;

  const send = (message: PageMessage, callbacks?: unknown): void => {
    try {
      const [content, buffers] = splitPrivate(message);
      model.send(content, callbacks, buffers);
    } catch {
      // A model whose kernel is gone may refuse; the liveness timer then says so.
    }
  };
  const lines = createRetry(
    clock,
    () => send({ type: "log_since", epoch: log.epoch, from: log.next }),
    150,
    1500,
    6000,
  );
  let asker: Asker | undefined;
  let open = true;
  const details = createRetry(clock, () => asker?.ask(), 1000, 2000, 2000);

  /** The options alone, as the kernel expects them. */
  const currentOptions = (): Options => {
    const { token_secret, ...options } = connection.state.options;
    return options;
  };

  const update = (state: store.State): void => {
    if (state === connection.state) return;
    connection.state = state;
    changed();
  };

  const click = (kind: store.Click): string => {
    const request = unique();
    update(store.applyClick(connection.state, kind, request, clock.now()));
    slowTimer.set(SLOW, () =>
      connection.set({ slow: true, busy: frontEnd.busy() || !!connection.state.busy }),
    );
    watchKernel();
    return request;
  };

  const frontEnd = watch(() => liveness.look());
  const liveness = watchLiveness(
    clock,
    frontEnd,
    (handled) => {
      send({ type: "ready", view: id, serial: newestSerial }, whenHandled(handled));
    },
    (lost) => {
      update(store.applyLost(connection.state, lost));
      if (!lost.gone) return;
      lines.settle();
      details.settle();
    },
  );
  const kernels = watchKernels(liveness.replaced);

  /** While something is going on, a silent kernel is noticed. */
  const watchKernel = (): void => {
    const { snapshot, pending, answered } = connection.state;
    if (!answered) return;
    if (pending || !(store.settled(snapshot) && store.settled(snapshot?.desktop))) {
      liveness.probeIn(pending && !pending.accepted ? DEAD : LOOK_AFTER);
    } else liveness.rest();
  };

  const requestLines = (grew: boolean): void => {
    if (log.next >= log.end) lines.settle();
    else if (grew) lines.progress();
    else lines.request();
  };

  const acknowledge = (): void => {
    const { serial } = connection.state;
    const position = `${serial}/${log.epoch}/${log.next}`;
    if (acknowledgeTimer.running() || position === lastAcknowledged || serial < 0) return;
    lastAcknowledged = position;
    send({ type: "seen", view: id, serial, log: log.next });
    acknowledgeTimer.set(ACKNOWLEDGE_INTERVAL, acknowledge);
  };

  /** Applies one trait alone: what is being typed elsewhere in the form stays. */
  const applyTrait = (changed: string): void => {
    const { snapshot, options, providers, host } = connection.state;
    // The host in a message is newer than the one that was saved with the notebook.
    if (changed === "host" && snapshot) return;
    const had: Record<string, unknown> = { ...options, providers, host };
    connection.set(readTraits((name) => (name === changed ? model.get(name) : had[name])));
  };
  const onTrait = TRAIT_NAMES.map((name) => [`change:${name}`, () => applyTrait(name)] as const);

  const onMessage = (content: unknown, buffers?: unknown): void => {
    const message = readMessage(joinPrivate(content, buffers));
    if (message) apply(message, buffers);
  };

  const apply = (message: KernelMessage, buffers?: unknown): void => {
    newestSerial = Math.max(newestSerial, message.serial);
    if (!connection.state.answered) connection.set({ answered: true });
    heardAt = clock.now();
    if (message.type === "busy") {
      liveness.busyFor(message.pause);
      watchKernel();
      return;
    }
    liveness.heard();
    if (message.type === "load") {
      connection.set({ load: message.load });
      return;
    }
    if ("view" in message && message.view && message.view !== id) return;
    if (message.type === "sealed" || message.type === "cannot_seal") {
      asker?.take(message, bytesOf(buffers));
      return;
    }
    if (message.type === "state") kernels.note(message.kernel);
    if (message.type === "details") {
      update(store.applyDetails(connection.state, message));
    } else if (message.type === "log") {
      requestLines(log.append(message));
      logged();
    } else if (message.serial > connection.state.serial) {
      update(store.applyState(connection.state, message, clock.now()));
      log.follow(message.state.epoch, message.serial, message.state.log_end);
      if (message.state.epoch === log.epoch) log.beginAt(message.state.log_begin);
      logged();
      requestLines(false);
      if (!connection.state.pending || connection.state.pending.accepted) slowTimer.clear();
    } else {
      // A repetition: the kernel has missed the acknowledgement.
      lastAcknowledged = "";
    }
    if (store.lacksDetails(connection.state)) details.request();
    else {
      details.settle();
      asker?.settle();
    }
    watchKernel();
    acknowledge();
  };

  const connection: Connection = {
    id,
    log,
    receive: onMessage,
    state: store.initial(
      readTraits((name) => model.get(name)),
      model.get("phase") === "idle",
    ),
    set: (change) => update({ ...connection.state, ...change }),
    option(name, value) {
      model.set(name, value);
      model.save_changes();
      applyTrait(name);
    },
    connect(token, token_secret, instead = {}) {
      const publicKey = instead.tunnel ? "" : connection.state.publicKey;
      send({
        type: "connect",
        request: click("connect"),
        token,
        token_secret,
        public_key: publicKey,
        options: { ...currentOptions(), ...instead },
      });
      // A private key that was pasted by mistake does not stay in the page.
      if (/PRIVATE KEY|PuTTY-User-Key/.test(publicKey)) connection.set({ publicKey: "" });
    },
    cancel: () => send({ type: "cancel", request: click("cancel") }),
    disconnect: (force) => send({ type: "disconnect", request: click("disconnect"), force }),
    endPresence: (name) => send({ type: "end_presence", request: click("end_presence"), name }),
    keepOpen: (for_good) => send({ type: "keep_open", request: click("keep_open"), for_good }),
    changePasswords: (end) =>
      send({ type: "change_passwords", request: click("change_passwords"), end }),
    invite: (sees, typing, key, minutes) =>
      send({ type: "invite", request: click("invite"), sees, typing, key, minutes }),
    revoke: (name) => send({ type: "revoke", request: click("revoke"), name }),
    restart: () => send({ type: "restart", request: click("restart") }),
    inside(kind, on) {
      send({ type: "show", kind, on });
      const open = { ...connection.state.open, [`inside-${kind}`]: on, [`opened-${kind}`]: on };
      connection.set({ open });
    },
    withDesktop: (on, force = false) =>
      send({ type: "desktop", request: click("desktop"), on, options: currentOptions(), force }),
    askWith(make) {
      asker ??= make({
        view: id,
        send: (message) => open && send(message),
        receive(content) {
          const message = readMessage(content);
          if (message && open) apply(message);
        },
        unsealed: (reason) => open && connection.set({ unsealed: reason }),
      });
    },
    showDetails: () => asker?.askInClear(),
    askLoad: () => send({ type: "load" }),
    look() {
      const { snapshot } = connection.state;
      // A kernel is not kept from its rest for the sake of a form.
      if (!store.rests(snapshot) && clock.now() - heardAt > LOOK_AFTER) liveness.probe();
    },
    close() {
      open = false;
      model.off("msg:custom", onMessage);
      for (const each of onTrait) model.off(...each);
      for (const each of [liveness, frontEnd, kernels]) each.close();
      for (const each of [slowTimer, acknowledgeTimer]) each.clear();
      lines.settle();
      details.settle();
    },
  };
  model.on("msg:custom", onMessage);
  for (const each of onTrait) model.on(...each);
  liveness.probe();
  return connection;
}
