/** What comes before the first command: a program to install, or the pairing of a computer. */
import { h } from "preact";
import { PAIR_COMMAND } from "../../wire/protocol";
import { hub, makeToken } from "./hub";
import { seenFromHere } from "./pairing";
import { install, type Step, TextTodo, Todo, type WayProps } from "./Todo";

const TOKEN =
  "; Copy puts a token of your hub in, which opens this server only: a new one for 7 days, else " +
  "this page's own, good until you sign out";

/** The steps that a computer takes once; the other tabs point to them. */
export function before({ view, ssh, system, tab }: WayProps): Step[] {
  const { client, pairing } = ssh;
  if (!client && !pairing) return [];
  if (tab !== "terminal") {
    const say = client ? `Once, install ${client.name}` : "Once, pair your computer";
    return [{ draw: () => <Todo say={say}>the tab Terminal says how</Todo> }];
  }
  if (client) return [install({ view, client, system })];
  const ours = hub();
  return [
    {
      button: "copy-pair-command",
      draw: (turn) => (
        <TextTodo
          view={view}
          say="Once, run on your computer"
          note="from the same file: pip install ./colabwidget-….whl"
          id="pair-command"
          what="Pairing command"
          text={PAIR_COMMAND}
          {...turn}
        />
      ),
    },
    {
      button: "copy-pairing",
      draw: (turn) => (
        <TextTodo
          view={view}
          say="Pairing string, paste"
          note={`nothing shows; it is good once, for ten minutes${ours ? TOKEN : ""}`}
          id="pairing"
          what="Pairing string"
          text={seenFromHere(pairing!)}
          copied={ours && (async () => seenFromHere(pairing!, await makeToken(ours)))}
          secret
          {...turn}
        />
      ),
    },
  ];
}
