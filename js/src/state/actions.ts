/** Actions of the user: the choice of a tunnel, the check of the form, the click on Connect. */
import { find } from "../dom/focus";
import { NO_TUNNEL, type Inside, type Options, type Provider } from "../wire/protocol";
import { NO_ERROR } from "../wire/read";
import type { View } from "./view";

export const chosen = ({ state: { options, providers } }: View): Provider | undefined =>
  providers.find(({ name }) => name === options.tunnel);

/** Whether the backend keeps a token of the last try that the chosen tunnel can use. */
export const hasToken = ({ state: { snapshot, options } }: View): boolean =>
  !!snapshot?.token_kept && snapshot.token_kept === options.tunnel && !options.token_secret;

/** Sets some options; what the tunnel that is then chosen cannot use of the others goes. */
export function choose(view: View, options: Partial<Options>): void {
  const before = view.state.options.tunnel;
  for (const [name, value] of Object.entries(options)) view.option(name as keyof Options, value);
  const provider = chosen(view);
  const { tunnel, region, token_secret } = view.state.options;
  if (!provider || tunnel === before) return;
  if (region && !provider.regions.some(({ value }) => value === region)) view.option("region", "");
  // The name was that of another tunnel's token, which this one must not get.
  if (token_secret && provider.needs_token) view.option("token_secret", provider.token_secret);
}

/** The first field that Connect still needs, and its message; null where none is missing. */
function missing(view: View, token: string): [field: string, title: string] | null {
  const { options } = view.state;
  const provider = chosen(view);
  if (!provider) return ["tunnel", "Choose a tunnel first."];
  if (provider.needs_token && !options.token_secret && !token.trim() && !hasToken(view)) {
    return ["token", "Paste your authtoken first."];
  }
  const empty = provider.fields.find(({ name, required }) => required && !options[name].trim());
  if (empty) return [empty.name, `Fill in ${empty.label} first.`];
  if (options.ssh) return null;
  return options.desktop
    ? ["ssh", "The desktop is reached through SSH: switch SSH on too."]
    : ["ssh", "Switch SSH on first."];
}

/** Connects where nothing is missing, and else says in the form what is. */
export function connect(view: View): void {
  if (view.shown === "dead" || view.state.gone) return;
  const { token_secret } = view.state.options;
  const field = token_secret ? undefined : (find(view.el, "token") as HTMLInputElement | undefined);
  const token = field?.value ?? "";
  const missingField = missing(view, token);
  if (missingField) {
    const [name, title] = missingField;
    const error = { ...NO_ERROR, code: "missing", title, field: name };
    view.set({ refusal: { kind: "connect", error } });
    find(view.el, name)?.focus();
    return;
  }
  if (field) field.value = "";
  view.connect(token, chosen(view)?.needs_token ? token_secret : "");
}

/** Opens it in this notebook alone; a desktop takes a session, which begins if none is there. */
export function openHere(view: View, kind: Inside): void {
  if (view.shown === "dead" || view.state.gone) return;
  view.inside(kind, true);
  view.set({ refusal: null });
  if (kind === "desktop") {
    view.connect("", "", { tunnel: NO_TUNNEL, ssh: false, desktop: true });
  }
}
