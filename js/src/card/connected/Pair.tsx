/** What comes before the first command: a program to install, or the pairing of a computer. */
import { h } from "preact";
import type { View } from "../../state/view";
import { PAIR_COMMAND, type SshDetails } from "../../wire/protocol";
import { seenFromHere } from "./pairing";
import type { System } from "./systems";
import { install, type Step, TextTodo } from "./Todo";

interface BeforeProps {
  view: View;
  ssh: SshDetails;
  system: System;
}

/** The steps that a computer takes once. */
export function before({ view, ssh: { client, pairing }, system }: BeforeProps): (Step | null)[] {
  if (!pairing) return [install({ view, client, system })];
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
          note="nothing shows; it is good once, for ten minutes"
          id="pairing"
          what="Pairing string"
          text={seenFromHere(pairing)}
          secret
          {...turn}
        />
      ),
    },
  ];
}
