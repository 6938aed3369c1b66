import { Fragment, h } from "preact";
import { choose, chosen, connect } from "../../state/actions";
import type { View } from "../../state/view";
import type { Provider } from "../../wire/protocol";
import { Button, Link } from "../ui/basics";
import { joined } from "../ui/format";
import { extraFields, AccessFields } from "./AccessFields";
import { FieldError, Note, Select, Text } from "./Field";
import { Token } from "./Token";

/** What a tunnel is for, and what its provider counts. */
const About = ({ provider: { hint, metered } }: { provider: Provider }) => (
  <>
    {joined(" ", hint, metered?.limits)}{" "}
    <Link url={metered?.usage_url ?? ""} id="usage">
      Your use
    </Link>
  </>
);

/** The form: tunnel, access and Connect. */
export function Form({ view }: { view: View }) {
  const { providers, refusal } = view.state;
  const provider = chosen(view);
  const { needs_token, regions = [], fields: asked = [], region_hint } = provider ?? {};
  const fields = [
    "tunnel",
    "ssh",
    "desktop",
    ...extraFields(view),
    ...asked.map(({ name }) => name),
  ];
  if (needs_token) fields.push("token");
  if (regions.length) fields.push("region");
  const elsewhere = refusal && !fields.includes(refusal.error.field);

  return (
    <div class="cw-form" onInput={() => view.set({ touched: true })}>
      <div class="cw-line-up cw-goal">
        <strong>From your computer</strong>
        <span class="cw-muted">SSH, VS Code, desktop</span>
      </div>
      <fieldset class="cw-row">
        <legend class="cw-hidden">Through</legend>
        <span aria-hidden="true">Through</span>
        <div>
          <div class="cw-choices">
            {providers.map((each, i) => (
              <label key={each.name} class="cw-choice">
                <input
                  type="radio"
                  name={`${view.id}-tunnel`}
                  checked={each === provider}
                  data-testid={`tunnel-${each.name}`}
                  data-focus={i ? "" : "tunnel"}
                  onChange={() => choose(view, { tunnel: each.name })}
                />
                {each.title} <small>{each.cost}</small>
              </label>
            ))}
          </div>
          <Note view={view} name="tunnel" hint={provider && <About provider={provider} />} />
        </div>
      </fieldset>

      {provider?.needs_token && <Token view={view} provider={provider} />}
      {regions.length > 0 && (
        <Select view={view} name="region" label="Region" choices={regions} hint={region_hint} />
      )}
      {asked.map((field) => (
        <Text key={field.name} view={view} {...field} enter={() => connect(view)} />
      ))}

      {provider && <AccessFields view={view} />}

      {refusal && elsewhere && <FieldError view={view} error={refusal.error} />}
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
