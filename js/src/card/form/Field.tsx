import { type ComponentChildren, h, type VNode } from "preact";
import type { View } from "../../state/view";
import type { Asked, Choice, ErrorInfo } from "../../wire/protocol";
import { Row, Offers, Problem } from "../ui/basics";

export const errorAt = ({ state: { refusal } }: View, field: string): ErrorInfo | null =>
  refusal?.kind === "connect" && refusal.error.field === field ? refusal.error : null;

interface NoteProps {
  view: View;
  name: string;
  hint?: ComponentChildren;
}

/** The hint and the error of a field. */
export function Note({ view, name, hint }: NoteProps) {
  const error = errorAt(view, name);
  return (
    <div id={`${view.id}-${name}-note`}>
      {hint && <p class="cw-hint">{hint}</p>}
      {error && <FieldError view={view} error={error} />}
    </div>
  );
}

export const FieldError = ({ view, error }: { view: View; error: ErrorInfo }) => (
  <div class="cw-wrong" role="alert" data-testid="field-error" data-code={error.code}>
    <Problem view={view} error={error} />
    {error.offers.length > 0 && (
      <Row>
        <Offers view={view} error={error} />
      </Row>
    )}
  </div>
);

/** The attributes of any control for the option `name`. */
export const control = (view: View, name: string) => ({
  id: `${view.id}-${name}`,
  class: "cw-input",
  "data-testid": name.replaceAll("_", "-"),
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
      <Row>
        {children}
        {beside}
      </Row>
      <Note {...note} />
    </div>
  </div>
);

/** The value of a control. */
export const valueOf = ({ currentTarget }: { currentTarget: { value: string } }): string =>
  currentTarget.value;

/** Does `action` when Enter is pressed in a field of one line. */
export const onEnter = (action: () => void) => (event: KeyboardEvent) => {
  if (event.key === "Enter" && !event.isComposing && !event.repeat) action();
};

type TextName =
  Asked | "user" | "geometry" | "mount_gdrive_to" | "mount_gdrive_from" | "token_secret";
type Typing = { currentTarget: HTMLInputElement };

/** Binds an input to a text option; Python gets the value on change, not on each key. */
export const typed = (view: View, name: TextName) => ({
  type: "text" as const,
  value: view.state.options[name],
  onInput: (event: Typing) =>
    view.set({ options: { ...view.state.options, [name]: valueOf(event) } }),
  onChange: (event: Typing) => view.option(name, valueOf(event).trim()),
});

interface OptionProps<Name> {
  view: View;
  name: Name;
  label: string;
}

interface TextProps extends OptionProps<TextName> {
  hint?: string;
  placeholder?: string;
  required?: boolean;
  /** Common values, to choose from. */
  suggestions?: Choice[];
  /** The action of Enter. */
  enter?: () => void;
}

/** A field for an option that is any text. */
export function Text({
  view,
  name,
  label,
  hint,
  placeholder,
  required,
  suggestions = [],
  enter,
}: TextProps) {
  const list = suggestions.length ? `${view.id}-${name}-list` : undefined;
  return (
    <Field
      view={view}
      name={name}
      label={label}
      hint={hint}
      beside={
        list && (
          <datalist id={list}>
            {suggestions.map(({ value, title }) => (
              <option value={value} label={title} />
            ))}
          </datalist>
        )
      }
    >
      <input
        {...control(view, name)}
        {...typed(view, name)}
        placeholder={placeholder}
        aria-required={required}
        list={list}
        onKeyDown={
          enter &&
          onEnter(() => {
            // The form goes before the field could say that it has changed.
            view.option(name, view.state.options[name].trim());
            enter();
          })
        }
      />
    </Field>
  );
}

interface SelectProps extends OptionProps<"region" | "vnc" | "idle_timeout"> {
  choices: Choice[];
  hint?: string;
}

/** A field for an option that is one of `choices`; another one that is set is shown too. */
export function Select({ view, name, label, choices, hint }: SelectProps) {
  const value = view.state.options[name];
  const chosen = `${value}`;
  const known = choices.some(({ value }) => value === chosen);
  return (
    <Field view={view} name={name} label={label} hint={hint}>
      <select
        {...control(view, name)}
        value={chosen}
        // Not at the change, which comes when the form has been drawn for the input already.
        onInput={(event) => {
          const given = valueOf(event);
          view.option(name, typeof value === "number" ? Number(given) : given);
        }}
      >
        {choices.map(({ value, title }) => (
          <option key={value} value={value}>
            {title}
          </option>
        ))}
        {!known && (
          <option value={chosen}>
            {typeof value === "number" ? `after ${value} minutes` : value}
          </option>
        )}
      </select>
    </Field>
  );
}
