/** The steps by which a user signs in, a value to copy in each. */
import { type ComponentChildren, Fragment, h, type VNode } from "preact";
import type { View } from "../../state/view";
import type { Client, Endpoint, SshDetails } from "../../wire/protocol";
import { Copy, Link } from "../ui/basics";
import { joined } from "../ui/format";
import { Icon } from "../ui/icons";
import { Text } from "./DetailRow";
import { SYSTEMS, type System, wayOf } from "./systems";
import type { Tab } from "./Tabs";

interface TodoProps {
  /** What to do, in a few words. */
  say: ComponentChildren;
  /** What helps while doing it. */
  note?: ComponentChildren;
  children?: ComponentChildren;
  copy?: ComponentChildren;
}

/** How a step's button stands among those of its tab. */
export interface Turn {
  /** It is what to do next. */
  main: boolean;
  /** Called when it was pressed: the next step's turn has come. */
  onUse: () => void;
}

export interface Step {
  /** Its button, if it has one. */
  button?: string;
  draw: (turn: Turn) => VNode;
}

interface StepsProps {
  view: View;
  tab: Tab;
  /** What the steps lead to; with another one they begin anew. */
  of: string;
  steps: (Step | false | null)[];
  stale?: boolean;
}

/** The steps of a tab; the main button is that of the step after the one that was used last. */
export function Steps({ view, tab, of, steps, stale }: StepsProps) {
  const shown = steps.filter((step): step is Step => !!step);
  const buttons = shown.flatMap(({ button }) => button ?? []);
  const { used } = view.state;
  const last = used?.[tab]?.of === of ? buttons.indexOf(used[tab].button) : -1;
  const next = buttons[Math.min(last + 1, buttons.length - 1)];
  return (
    <ol class="cw-todo" data-stale={stale}>
      {shown.map(({ button = "", draw }) =>
        draw({
          main: button === next,
          onUse: () => view.set({ used: { ...used, [tab]: { of, button } } }),
        }),
      )}
    </ol>
  );
}

/** One step. */
export const Todo = ({ say, note, children, copy }: TodoProps) => (
  <li>
    <span class="cw-say">{say}</span>
    <div>
      {children} {note && <small>{note}</small>}
    </div>
    {copy}
  </li>
);

interface TextTodoProps extends Partial<Turn> {
  view: View;
  say: string;
  note?: ComponentChildren;
  id: string;
  /** Names the copy button, where it is not named as the text is. */
  copy?: string;
  /** What is copied, for a screen reader. */
  what: string;
  text: string;
  /** Gives what is copied, where that is more than what is shown. */
  copied?: (() => Promise<string>) | null;
  secret?: boolean;
}

/** A step whose value is taken elsewhere. */
export const TextTodo = ({ view, say, note, id, copy = id, what, ...rest }: TextTodoProps) => {
  const { text, copied, secret, ...turn } = rest;
  return (
    <Todo
      say={say}
      note={note}
      copy={
        <Copy view={view} id={`copy-${copy}`} what={what} text={copied ?? (() => text)} {...turn} />
      }
    >
      <Text view={view} id={id} text={text} secret={secret} />
    </Todo>
  );
};

interface InstallProps {
  view: View;
  client: Client;
  system: System;
}

/** The program that the user's computer needs beside ssh. */
export function install({ view, client, system }: InstallProps): Step {
  const way = client.ways.find(({ title }) => title === wayOf(system));
  const say = `Once, install ${client.name}`;
  if (!way)
    return {
      draw: () => (
        <Todo say={say}>
          <Link url={client.link} id="install-link">
            How to install it
          </Link>
        </Todo>
      ),
    };
  const what = `Install ${client.name}`;
  return {
    button: "copy-install",
    draw: (turn) => (
      <TextTodo view={view} say={say} id="install" what={what} text={way.value} {...turn} />
    ),
  };
}

/** A way in, in a tab. */
export interface WayProps {
  view: View;
  ssh: SshDetails;
  system: System;
  tab: Tab;
}

/** What a client asks on the way in: whether the host key is right, and the password. */
export const signIn = (way: WayProps): Step[] => {
  const { view, ssh, system, tab } = way;
  const { password } = ssh;
  if (ssh.pairing) return []; // paired computers know the host key, and have a key of their own
  const note =
    tab === "vscode" ? "in the box at the top" : `nothing shows; ${SYSTEMS[system].paste}`;
  return [
    hostKey(way),
    password === null
      ? { draw: () => <Todo say="Password">none, your key only</Todo> }
      : {
          button: "copy-password",
          draw: (turn) => (
            <TextTodo
              view={view}
              say="Password, paste"
              id="password"
              what="Password"
              text={password}
              secret
              note={note}
              {...turn}
            />
          ),
        },
  ];
};

/** The host key; a button where ssh itself asks first and a user has few others to press. */
function hostKey({ view, ssh, system, tab }: WayProps): Step {
  const { fingerprint, verified, verified_reason: reason } = ssh;
  const checks = system === "putty" && tab !== "vscode";
  const tested = (
    <span class={verified ? "cw-good" : "cw-warn"} data-testid="verified">
      <Icon name={verified ? "done" : "caution"} />
      {verified ? "tested through the tunnel" : joined(": ", "not tested", reason)}
    </span>
  );
  if (!checks && tab === "terminal" && !ssh.client)
    return {
      button: "copy-fingerprint",
      draw: (turn) => (
        <TextTodo
          view={view}
          say="“Are you sure …?”, paste"
          id="fingerprint"
          what="Host key"
          text={fingerprint}
          note={<>{tested}, paste it instead of yes</>}
          {...turn}
        />
      ),
    };
  return {
    draw: () => (
      <Todo
        say={checks ? "PuTTY compares the host key" : "“Are you sure …?”, compare"}
        note={tested}
      >
        <Text view={view} id="fingerprint" text={fingerprint} />
      </Todo>
    ),
  };
}

/** A machine on the way in. */
export const Over = ({ endpoint: { jump } }: { endpoint: Endpoint }) =>
  jump ? (
    <p class="cw-hint">
      Goes over <code data-testid="jump">{jump}</code>, which asks you to sign in there first.
    </p>
  ) : null;
