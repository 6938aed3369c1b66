import { h } from "preact";
import type { View } from "../../state/view";
import { ATTACH_COMMAND } from "../../wire/protocol";
import { TextDetailRow } from "./DetailRow";

interface AttachProps {
  view: View;
  text: string;
}

/** How ssh on the user's computer gets to know the machine by a name. */
export const Attach = ({ view, text }: AttachProps) => (
  <details class="cw-tools" data-testid="attach">
    <summary>A name for this machine on your computer (ssh colabwidget)</summary>
    <dl>
      <TextDetailRow view={view} label="Run" id="attach-command" text={ATTACH_COMMAND} />
      <TextDetailRow view={view} label="Paste; good once" id="attaching" text={text} secret />
    </dl>
  </details>
);
