/** The steps by which a user signs in, a value to copy in each. */
import { type ComponentChildren, Fragment, h } from "preact";
import type { View } from "../../state/view";
import type { Client, Endpoint, SshDetails } from "../../wire/protocol";
import { Copy, Link } from "../ui/basics";
import { joined } from "../ui/format";
import { Icon } from "../ui/icons";
import { Text } from "./DetailRow";
import { SYSTEMS, type System, wayOf } from "./systems";

interface TodoProps {
  /** What to do, in a few words. */
  say: ComponentChildren;
  /** What helps while doing it. */
  note?: ComponentChildren;
  children?: ComponentChildren;
  copy?: ComponentChildren;
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

interface TextTodoProps {
  view: View;
  say: string;
  note?: ComponentChildren;
  id: string;
  /** Names the copy button, where it is not named as the text is. */
  copy?: string;
  /** What is copied, for a screen reader. */
  what: string;
  text: string;
  /** It is what to do next. */
  main?: boolean;
  secret?: boolean;
}

/** A step whose value is taken elsewhere. */
export const TextTodo = ({ view, say, note, id, copy = id, what, ...rest }: TextTodoProps) => {
  const { text, main, secret } = rest;
  return (
    <Todo
      say={say}
      note={note}
      copy={<Copy view={view} id={`copy-${copy}`} what={what} main={main} text={() => text} />}
    >
      <Text view={view} id={id} text={text} secret={secret} />
    </Todo>
  );
};

interface InstallProps {
  view: View;
  client: Client | null;
  system: System;
}

/** The program that the user's computer needs beside ssh. */
export function Install({ view, client, system }: InstallProps) {
  if (!client) return null;
  const way = client.ways.find(({ title }) => title === wayOf(system));
  const say = `Once, install ${client.name}`;
  return way ? (
    <TextTodo view={view} say={say} id="install" what={`Install ${client.name}`} text={way.value} />
  ) : (
    <Todo say={say}>
      <Link url={client.link} id="install-link">
        How to install it
      </Link>
    </Todo>
  );
}

interface SignInProps {
  view: View;
  ssh: SshDetails;
  system: System;
  /** In an editor, whose own windows ask. */
  editor?: boolean;
}

/** What a client asks on the way in: whether the host key is right, and the password. */
export function SignIn({ view, ssh, system, editor }: SignInProps) {
  const { fingerprint, verified, verified_reason: reason, password } = ssh;
  const checks = system === "putty" && !editor;
  return (
    <>
      <TextTodo
        view={view}
        say={
          checks
            ? "PuTTY compares the host key"
            : editor
              ? "“Are you sure …?”, compare"
              : "“Are you sure …?”, paste"
        }
        id="fingerprint"
        what="Host key"
        text={fingerprint}
        note={
          <>
            <span class={verified ? "cw-good" : "cw-warn"} data-testid="verified">
              <Icon name={verified ? "done" : "caution"} />
              {verified ? "tested through the tunnel" : joined(": ", "not tested", reason)}
            </span>
            {!editor && !checks && ", paste it instead of yes"}
          </>
        }
      />
      {password === null ? (
        <Todo say="Password">none, your key only</Todo>
      ) : (
        <TextTodo
          view={view}
          say="Password, paste"
          id="password"
          what="Password"
          text={password}
          secret
          note={editor ? "in the box at the top" : `nothing shows; ${SYSTEMS[system].paste}`}
        />
      )}
    </>
  );
}

/** A machine on the way in. */
export const Over = ({ endpoint: { jump } }: { endpoint: Endpoint }) =>
  jump ? (
    <p class="cw-hint">
      Goes over <code data-testid="jump">{jump}</code>, which asks you to sign in there first.
    </p>
  ) : null;
