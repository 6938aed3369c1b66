import { type ComponentChildren, h } from "preact";
import type { View } from "../view";
import { Copy, Show } from "./basics";

const MASK = "•".repeat(16);

interface RowProps {
  label: string;
  children: ComponentChildren;
}

export const Row = ({ label, children }: RowProps) => (
  <div>
    <dt>{label}</dt>
    <dd>{children}</dd>
  </div>
);

interface TextRowProps {
  view: View;
  label: string;
  id: string;
  /** Names the copy button, where it is not named as the text is. */
  copy?: string;
  text: string;
  /** It is covered until it is asked for; copying never needs that. */
  secret?: boolean;
}

/** A text that a user takes elsewhere. */
export const TextRow = ({ view, label, id, copy = id, text, secret }: TextRowProps) => (
  <Row label={label}>
    <code data-testid={id}>
      {secret && !view.known.open[`show-${id}`] ? (
        <span aria-label="hidden" role="img">
          {MASK}
        </span>
      ) : (
        text
      )}
    </code>
    {secret && <Show view={view} id={id} what={label} />}
    <Copy view={view} id={`copy-${copy}`} what={label} text={() => text} />
  </Row>
);
