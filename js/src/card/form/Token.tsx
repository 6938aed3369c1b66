import { Component, createRef, Fragment, h, type JSX } from "preact";
import { find } from "../../dom/focus";
import { connect, hasToken } from "../../state/actions";
import type { View } from "../../state/view";
import { looksRandom } from "../../wire/looks-random";
import type { Provider } from "../../wire/protocol";
import { NO_ERROR } from "../../wire/read";
import { Button, Link, RevealToggle } from "../ui/basics";
import { control, Field, onEnter, typed, valueOf } from "./Field";

/** The name of a secret is being typed, and may be empty meanwhile; it is kept under this. */
const TYPING = "token-secret";
/** Whether it names a secret. Any other text may be the token, and must not become a trait. */
const isName = (text: string): boolean => /^[a-z_]\w{0,63}$/i.test(text) && !looksRandom(text);

interface PastedProps extends JSX.HTMLAttributes<HTMLInputElement> {
  view: View;
  tunnel: string;
}

/** A field that no trait follows; what is in it comes back with it when the form does. */
class Pasted extends Component<PastedProps> {
  #field = createRef<HTMLInputElement>();

  override componentDidMount(): void {
    const { view, tunnel } = this.props;
    this.#field.current!.value = view.typed.get(tunnel) ?? "";
    view.typed.delete(tunnel);
  }

  override componentWillUnmount(): void {
    const { view, tunnel } = this.props;
    const text = this.#field.current?.value;
    if (text) view.typed.set(tunnel, text);
  }

  override render({ view: _, tunnel: __, ...rest }: PastedProps) {
    return <input {...rest} ref={this.#field} />;
  }
}

interface TokenProps {
  view: View;
  provider: Provider;
}

/** The tunnel's token: pasted, or the name of the secret that holds it. */
export function Token({ view, provider }: TokenProps) {
  const { host, open, options } = view.state;
  const store = host?.secrets;
  const usual = provider.token_secret;

  /** Takes the token from the secret of that name, or from the field where it is ''. */
  const useSecret = (secret: string): void => {
    view.setOpen(TYPING, false);
    const fits = isName(secret);
    view.option("token_secret", fits ? secret : "");
    if (fits || !secret) return;
    const title = "That is no name of a secret. If it is the token itself, paste it here.";
    const error = { ...NO_ERROR, code: "missing", title, field: "token" };
    view.set({ refusal: { kind: "connect", error } });
  };
  const change = (id: string, secret: string, children: string) => (
    <Button
      id={id}
      class="cw-quiet"
      onClick={() => {
        useSecret(secret);
        // When the other field has been drawn.
        queueMicrotask(() => find(view.el, "token")?.focus());
      }}
    >
      {children}
    </Button>
  );

  if (options.token_secret || open[TYPING]) {
    const field = typed(view, "token_secret");
    return (
      <Field
        view={view}
        name="token"
        label="Authtoken"
        hint={
          <>
            The name of a secret, read {store && `from ${store} `}when you connect.{" "}
            {change("token-paste", "", "Paste it instead")}
          </>
        }
      >
        <input
          key=""
          {...control(view, "token")}
          {...field}
          data-testid="token-secret"
          onInput={(event) => {
            view.setOpen(TYPING, true);
            field.onInput(event);
          }}
          onChange={(event) => useSecret(valueOf(event).trim())}
          onKeyDown={onEnter(() => {
            useSecret(options.token_secret.trim());
            if (view.state.options.token_secret) connect(view);
          })}
        />
      </Field>
    );
  }
  return (
    <Field
      view={view}
      name="token"
      label="Authtoken"
      hint={
        <>
          {hasToken(view)
            ? "The one of the last try is kept for this one: leave it empty to use it. "
            : "Kept out of the notebook. "}
          <Link url={provider.token_url}>Get your token</Link>{" "}
          {usual &&
            change(
              "token-by-name",
              usual,
              store ? `Use ${usual} from ${store}` : `Use the ${usual} secret`,
            )}
        </>
      }
      beside={<RevealToggle view={view} id="token" />}
    >
      <Pasted
        // What was pasted for one tunnel is not another's.
        key={provider.name}
        view={view}
        tunnel={provider.name}
        {...control(view, "token")}
        type={(open["show-token"] ? "text" : "password") as "password"}
        // Password managers are not invited: the token has no place in them.
        autocomplete="one-time-code"
        data-1p-ignore=""
        data-lpignore="true"
        data-bwignore=""
        onKeyDown={onEnter(() => connect(view))}
      />
    </Field>
  );
}
