import { type ComponentChildren, h, type VNode } from "preact";
import type { ErrorInfo, Region } from "../protocol";
import type { View } from "../view";
import { LineUp, Problem } from "./basics";

export const errorAt = ({ known: { refusal } }: View, field: string): ErrorInfo | null =>
  refusal?.kind === "connect" && refusal.error.field === field ? refusal.error : null;

interface NoteProps {
  view: View;
  name: string;
  hint?: ComponentChildren;
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
      <LineUp>
        {children}
        {beside}
      </LineUp>
      <Note {...note} />
    </div>
  </div>
);

/** What stands in a control. */
export const valueOf = ({ currentTarget }: { currentTarget: { value: string } }): string =>
  currentTarget.value;

interface OptionProps<Name> {
  view: View;
  name: Name;
  label: string;
}

interface TextProps extends OptionProps<"user" | "geometry"> {
  /** Common values, to choose from. */
  common?: string[];
}

/** A field for an option that is any text. */
export const Text = ({ view, name, label, common }: TextProps) => (
  <Field
    view={view}
    name={name}
    label={label}
    beside={
      common && (
        <datalist id={`${view.id}-${name}-list`}>
          {common.map((value) => (
            <option value={value} />
          ))}
        </datalist>
      )
    }
  >
    <input
      {...control(view, name)}
      type="text"
      list={common && `${view.id}-${name}-list`}
      value={view.known.options[name]}
      // Python gets it when it is whole.
      onInput={(event) => view.set({ options: { ...view.known.options, [name]: valueOf(event) } })}
      onChange={(event) => view.option(name, valueOf(event).trim())}
    />
  </Field>
);

interface ChoiceProps extends OptionProps<"region" | "vnc"> {
  choices: Region[];
}

/** A field for an option that is one of `choices`; another one that is set is shown too. */
export function Choice({ view, name, label, choices }: ChoiceProps) {
  const chosen = view.known.options[name];
  const known = choices.some(({ value }) => value === chosen);
  return (
    <Field view={view} name={name} label={label}>
      <select
        {...control(view, name)}
        value={chosen}
        // Not at the change, which comes when the form has been drawn for the input already.
        onInput={(event) => view.option(name, valueOf(event))}
      >
        {choices.map(({ value, title }) => (
          <option key={value} value={value}>
            {title}
          </option>
        ))}
        {!known && <option value={chosen}>{chosen}</option>}
      </select>
    </Field>
  );
}
