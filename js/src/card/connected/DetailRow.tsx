import { type ComponentChildren, h } from "preact";
import type { View } from "../../state/view";
import { Copy, RevealToggle } from "../ui/basics";

const MASK = "•".repeat(16);

interface DetailRowProps {
  label: string;
  /** The use of the value; a row with a hint stands out. */
  hint?: string | undefined;
  /** The use of the value, in a few words after it. */
  after?: string | undefined;
  children: ComponentChildren;
}

export const DetailRow = ({ label, hint, after, children }: DetailRowProps) => (
  <div class={hint ? "cw-lead" : after && "cw-then"}>
    <dt>
      {label}
      {hint && <small> {hint}</small>}
    </dt>
    <dd>{children}</dd>
  </div>
);

/** Lines break before an option or a word, and inside of one only where a line is too short. */
export const words = (text: string) => text.split(/(?<!-\w)( )/).map((part) => <span>{part}</span>);

interface TextDetailRowProps {
  view: View;
  label: string;
  hint?: string;
  id: string;
  /** Names the copy button, where it is not named as the text is. */
  copy?: string;
  text: string;
  after?: string;
  /** It is what to do next. */
  main?: boolean;
  /** It is covered until it is asked for; copying never needs that. */
  secret?: boolean;
}

/** A text that a user takes elsewhere. */
export const TextDetailRow = ({
  view,
  label,
  hint,
  id,
  copy = id,
  text,
  after,
  main,
  secret,
}: TextDetailRowProps) => (
  <DetailRow label={label} hint={hint} after={after}>
    <div>
      <code data-testid={id}>
        {secret && !view.state.open[`show-${id}`] ? (
          <span key="mask" aria-label="hidden" role="img">
            {MASK}
          </span>
        ) : (
          words(text)
        )}
      </code>
      {after && " "}
      {after && <small>{after}</small>}
    </div>
    {secret && <RevealToggle view={view} id={id} what={label} />}
    <Copy view={view} id={`copy-${copy}`} what={label} main={main} text={() => text} />
  </DetailRow>
);
