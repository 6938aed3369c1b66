import { h } from "preact";
import type { View } from "../../state/view";
import type { Client } from "../../wire/protocol";
import { Link } from "../ui/basics";
import { TextDetailRow } from "./DetailRow";

interface ElsewhereProps {
  view: View;
  client: Client;
}

/** How to get the program that the user's computer needs, on every system. */
export const Elsewhere = ({ view, client: { name, ways, link } }: ElsewhereProps) => (
  <details class="cw-tools" data-testid="other-systems">
    <summary>Install {name} on another system</summary>
    <dl>
      {ways.map(({ title, value }) => (
        <TextDetailRow
          key={title}
          view={view}
          label={title}
          id={`install-${title.toLowerCase().replaceAll(" ", "-")}`}
          text={value}
        />
      ))}
    </dl>
    <Link url={link}>More ways to install it</Link>
  </details>
);
