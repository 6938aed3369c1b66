import { type ComponentChildren, h, type VNode } from "preact";
import type { ErrorInfo } from "../protocol";
import type { View } from "../view";
import { Problem } from "./basics";

export const errorAt = ({ state: { refusal } }: View, field: string): ErrorInfo | null =>
  refusal?.kind === "connect" && refusal.error.field === field ? refusal.error : null;

interface NoteProps {
  view: View;
  name: string;
  hint?: string;
}

/** What helps with a field and what is wrong with it. */
export function Note({ view, name, hint }: NoteProps) {
  const error = errorAt(view, name);
  return (
    <div id={`${view.id}-${name}-note`}>
      {hint && <p class="cw-hint">{hint}</p>}
      {error && <FieldError error={error} />}
    </div>
  );
}

export const FieldError = ({ error }: { error: ErrorInfo }) => (
  <p class="cw-wrong" role="alert" data-testid="field-error" data-code={error.code}>
    <Problem error={error} />
  </p>
);

/** What any control for the option `name` carries. */
export const control = (view: View, name: string) => ({
  id: `${view.id}-${name}`,
  class: "cw-input",
  "data-testid": name.replace("_", "-"),
  "data-focus": name,
  "aria-invalid": errorAt(view, name) !== null,
  "aria-describedby": `${view.id}-${name}-note`,
  autocomplete: "off",
  autocapitalize: "off" as const,
  spellcheck: false,
});

interface FieldProps extends NoteProps {
  label: string;
  children: VNode;
  beside?: ComponentChildren;
}

/** A labelled control with its note below. */
export const Field = ({ label, children, beside, ...note }: FieldProps) => (
  <div class="cw-row">
    <label for={`${note.view.id}-${note.name}`}>{label}</label>
    <div>
      <div class="cw-line-up">
        {children}
        {beside}
      </div>
      <Note {...note} />
    </div>
  </div>
);
