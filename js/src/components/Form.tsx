import { Fragment, h } from "preact";
import { find } from "../focus";
import type { Provider } from "../protocol";
import { NO_ERROR } from "../read";
import type { View } from "../view";
import { Button, LineUp, Link, Show } from "./basics";
import { Choice, control, Field, FieldError, Note } from "./Field";
import { extras, Reach } from "./Reach";

const chosen = ({ known: { options, providers } }: View): Provider | undefined =>
  providers.find(({ name }) => name === options.tunnel);

/** What is missing before a connection can be asked for: the field and what to do there. */
function missing(view: View, token: string): [field: string, title: string] | null {
  const { options } = view.known;
  const provider = chosen(view);
  if (!provider) return ["tunnel", "Choose a tunnel first."];
  if (provider.needs_token && !token.trim()) return ["token", "Paste your authtoken first."];
  if (options.ssh) return null;
  return options.desktop
    ? ["ssh", "The desktop is reached through SSH: switch SSH on too."]
    : ["ssh", "Switch SSH on first."];
}

function connect(view: View): void {
  if (view.shown === "dead") return;
  const field = find(view.el, "token") as HTMLInputElement | undefined;
  const token = field?.value ?? "";
  const lack = missing(view, token);
  if (lack) {
    const [name, title] = lack;
    const error = { ...NO_ERROR, code: "missing", title, field: name };
    view.set({ refusal: { kind: "connect", error } });
    find(view.el, name)?.focus();
    return;
  }
  if (field) field.value = "";
  view.connect(token);
}

function chooseTunnel(view: View, { name, regions }: Provider): void {
  view.option("tunnel", name);
  const { region } = view.known.options;
  if (region && !regions.some(({ value }) => value === region)) view.option("region", "");
}

/** What the user asks for. */
export function Form({ view }: { view: View }) {
  const { options, providers, refusal, open } = view.known;
  const provider = chosen(view);
  const regions = provider?.regions ?? [];
  const fields = ["tunnel", "ssh", "desktop", ...extras(options)];
  if (provider?.needs_token) fields.push("token");
  if (regions.length) fields.push("region");
  const elsewhere = refusal && !fields.includes(refusal.error.field);

  return (
    <div class="cw-form" onInput={() => view.set({ touched: true })}>
      <fieldset class="cw-row">
        <legend class="cw-hidden">Tunnel</legend>
        <span aria-hidden="true">Tunnel</span>
        <div>
          <LineUp>
            {providers.map((each, i) => (
              <label key={each.name} class="cw-choice">
                <input
                  type="radio"
                  name={`${view.id}-tunnel`}
                  checked={each === provider}
                  data-testid={`tunnel-${each.name}`}
                  data-focus={i ? "" : "tunnel"}
                  onChange={() => chooseTunnel(view, each)}
                />
                {each.title}
              </label>
            ))}
          </LineUp>
          <Note view={view} name="tunnel" hint={provider?.hint ?? ""} />
        </div>
      </fieldset>

      {provider?.needs_token && (
        <Field
          view={view}
          name="token"
          label="Authtoken"
          hint={
            <>
              Kept out of the notebook. <Link url={provider.token_url}>Get your token</Link>
            </>
          }
          beside={<Show view={view} id="token" />}
        >
          <input
            {...control(view, "token")}
            type={(open["show-token"] ? "text" : "password") as "password"}
            // Password managers are not invited: the token has no place in them.
            autocomplete="one-time-code"
            data-1p-ignore=""
            data-lpignore="true"
            data-bwignore=""
            onKeyDown={(event) => {
              if (event.key === "Enter" && !event.isComposing && !event.repeat) {
                connect(view);
              }
            }}
          />
        </Field>
      )}

      {regions.length > 0 && <Choice view={view} name="region" label="Region" choices={regions} />}

      <Reach view={view} />

      {refusal && elsewhere && <FieldError error={refusal.error} />}
      <div class="cw-row cw-go">
        <Button
          id="connect"
          class="cw-button cw-main"
          data-focus="connect"
          onClick={() => connect(view)}
        >
          Connect
        </Button>
      </div>
    </div>
  );
}
