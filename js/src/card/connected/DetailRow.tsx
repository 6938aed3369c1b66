import { type ComponentChildren, h } from "preact";
import type { View } from "../../state/view";
import { Copy, RevealToggle } from "../ui/basics";

const MASK = "•".repeat(16);

interface DetailRowProps {
  label: string;
  children: ComponentChildren;
}

export const DetailRow = ({ label, children }: DetailRowProps) => (
  <div>
    <dt>{label}</dt>
    <dd>{children}</dd>
  </div>
);

/** Lines break before an option or a word, and inside of one only where a line is too short. */
export const words = (text: string) => text.split(/(?<!-\w)( )/).map((part) => <span>{part}</span>);

interface TextProps {
  view: View;
  id: string;
  text: string;
  /** It is covered until it is asked for; copying never needs that. */
  secret?: boolean | undefined;
}

/** A text that a user takes elsewhere. */
export const Text = ({ view, id, text, secret }: TextProps) => (
  <code data-testid={id}>
    {secret && !view.state.open[`show-${id}`] ? (
      <span key="mask" aria-label="hidden" role="img">
        {MASK}
      </span>
    ) : (
      words(text)
    )}
  </code>
);

interface RevealRowProps {
  view: View;
  label: string;
  id: string;
}

/** Uncovers a secret that stands in a step. */
export const RevealRow = ({ view, label, id }: RevealRowProps) => (
  <DetailRow label={label}>
    <div>{view.state.open[`show-${id}`] ? "is shown in its step" : "is hidden in its step"}</div>
    <RevealToggle view={view} id={id} what={label} />
  </DetailRow>
);

interface TextDetailRowProps extends TextProps {
  label: string;
}

/** The same in a row of details. */
export const TextDetailRow = ({ view, label, id, text, secret }: TextDetailRowProps) => (
  <DetailRow label={label}>
    <div>
      <Text view={view} id={id} text={text} secret={secret} />
    </div>
    {secret && <RevealToggle view={view} id={id} what={label} />}
    <Copy view={view} id={`copy-${id}`} what={label} text={() => text} />
  </DetailRow>
);
