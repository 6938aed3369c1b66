import { Fragment, h } from "preact";
import type { Provider } from "../protocol";
import { find } from "../focus";
import type { View } from "../view";
import { Button, Link, Show } from "./basics";
import { control, Field, FieldError, Note } from "./Field";
import { Reach } from "./Reach";

const chosen = ({ state: { options, providers } }: View): Provider | undefined =>
  providers.find(({ name }) => name === options.tunnel);

/** What is missing before a connection can be asked for: the field and what to do there. */
function missing(view: View, token: string): [field: string, title: string] | null {
  const { options } = view.state;
  const provider = chosen(view);
  if (!provider) return ["tunnel", "Choose a tunnel first."];
  if (provider.needs_token && !token.trim()) return ["token", "Paste your authtoken first."];
  return options.ssh || options.desktop ? null : ["ssh", "Switch SSH on first."];
}

function connect(view: View): void {
  if (view.shown === "dead") return;
  const field = find(view.el, "token") as HTMLInputElement | undefined;
  const token = field?.value ?? "";
  const lack = missing(view, token);
  if (lack) {
    const [name, title] = lack;
    const error = { code: "missing", title, cause: "", remedy: "", link: "", field: name };
    view.set({ refusal: { kind: "connect", error } });
    find(view.el, name)?.focus();
    return;
  }
  if (field) field.value = "";
  view.connect(token);
}

function chooseTunnel(view: View, { name, regions }: Provider): void {
  view.option("tunnel", name);
  const { region } = view.state.options;
  if (region && !regions.some(({ value }) => value === region)) view.option("region", "");
}

/** What the user asks for. */
export function Form({ view }: { view: View }) {
  const { options, providers, refusal, open } = view.state;
  const provider = chosen(view);
  const regions = provider?.regions ?? [];
  const known = regions.some(({ value }) => value === options.region);
  const fields = ["tunnel", "ssh"];
  if (provider?.needs_token) fields.push("token");
  if (regions.length) fields.push("region");
  if (options.ssh) fields.push("public_key", "user");
  const elsewhere = refusal && !fields.includes(refusal.error.field);

  return (
    <div class="cw-form" onInput={() => view.set({ touched: true })}>
      <fieldset class="cw-row">
        <legend class="cw-hidden">Tunnel</legend>
        <span aria-hidden="true">Tunnel</span>
        <div>
          <div class="cw-line-up">
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
          </div>
          <Note view={view} name="tunnel" hint={provider?.hint ?? ""} />
        </div>
      </fieldset>

      {provider?.needs_token && (
        <Field
          view={view}
          name="token"
          label="Authtoken"
          hint="Kept out of the notebook."
          beside={
            <>
              <Show view={view} what="token" />
              <Link url={provider.token_url}>Get your token</Link>
            </>
          }
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

      {regions.length > 0 && (
        <Field view={view} name="region" label="Region">
          <select
            {...control(view, "region")}
            value={options.region}
            onChange={(event) => view.option("region", event.currentTarget.value)}
          >
            {regions.map(({ value, title }) => (
              <option key={value} value={value}>
                {title}
              </option>
            ))}
            {!known && <option value={options.region}>{options.region}</option>}
          </select>
        </Field>
      )}

      <Reach view={view} />

      {refusal && elsewhere && <FieldError error={refusal.error} />}
      <div class="cw-line-up">
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
