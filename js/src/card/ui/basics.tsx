import { type ComponentChildren, Fragment, h, type JSX } from "preact";
import { choose, connect } from "../../state/actions";
import type { Click } from "../../state/store";
import type { View } from "../../state/view";
import { type ErrorInfo, NO_TUNNEL } from "../../wire/protocol";

/** Items side by side, as far as there is room. */
export const Row = ({ children }: { children: ComponentChildren }) => (
  <div class="cw-line-up">{children}</div>
);

interface ButtonProps extends JSX.HTMLAttributes<HTMLButtonElement> {
  id: string;
  children: ComponentChildren;
  onClick: (event: MouseEvent) => void;
}

export const Button = ({ id, ...rest }: ButtonProps) => (
  <button type="button" class="cw-button" data-testid={id} {...rest} />
);

interface LineProps {
  id?: string;
  children: string;
}

/** A quiet line that comes up by itself. */
export const Line = ({ id, children }: LineProps) => (
  <p class="cw-muted" role="status" data-testid={id}>
    {children}
  </p>
);

interface RequestButtonProps {
  view: View;
  id: string;
  /** The click whose answer it waits for, where it is not named as the button is. */
  kind?: Click;
  word: string;
  /** Its word until then. */
  busy?: string;
  /** The request is under way already. */
  ending?: boolean;
  class?: string;
  onClick: () => void;
}

/** A button that asks the kernel for something; it keeps focus while it is answered. */
export function RequestButton({
  view,
  id,
  kind = id as Click,
  word,
  busy = word,
  ending,
  onClick,
  ...rest
}: RequestButtonProps) {
  const { pending, gone } = view.state;
  const waits = ending || (pending?.kind === kind && !pending.expired);
  const off = waits || !!gone;
  return (
    <Button
      id={id}
      aria-disabled={off}
      // The second click of a double click was not meant for a button that came up in between.
      onClick={({ detail }) => off || detail > 1 || onClick()}
      {...rest}
    >
      {waits && !gone ? busy : word}
    </Button>
  );
}

interface ToggleProps {
  view: View;
  id: string;
  /** Under which it is kept that this is open. */
  name?: string;
  open: boolean;
  children: string;
}

/** Opens and closes what stands below it. */
export const Toggle = ({ view, id, name = id, open, children }: ToggleProps) => (
  <Button id={id} class="cw-toggle" aria-expanded={open} onClick={() => view.setOpen(name, !open)}>
    {children}
  </Button>
);

interface LinkProps {
  url: string;
  children: ComponentChildren;
  /** A link must never run a script. */
  schemes?: RegExp;
  id?: string;
  /** It is drawn as a button, and whether it is what to do next. */
  main?: boolean;
  /** Called when it was followed. */
  onUse?: () => void;
}

/** A link that opens beside the notebook; nothing where `url` is not one. */
export const Link = ({ url, children, schemes = /^https?:/, id, main, onUse }: LinkProps) =>
  schemes.test(url) ? (
    <a
      href={url}
      class={main === undefined ? main : `cw-button${main ? " cw-main" : ""}`}
      target="_blank"
      rel="noopener noreferrer"
      data-testid={id}
      onClick={onUse}
    >
      {children}
    </a>
  ) : null;

interface ProblemProps {
  view: View;
  error: ErrorInfo;
}

/** Title, cause and remedy of an error, a line each, and the text or link of the remedy. */
export const Problem = ({ view, error: { title, cause, remedy, link, copy } }: ProblemProps) => (
  <>
    <strong>{title}</strong>
    <span>{cause}</span>
    <span>{remedy}</span>
    {copy && (
      <div class="cw-code">
        <code data-testid="remedy">{copy}</code>
        <Copy view={view} id="copy-remedy" what="line" text={() => copy} />
      </div>
    )}
    <Link url={link}>Read more</Link>
  </>
);

/** Other tunnels, each one click away; what the notebook alone shows has buttons of its own. */
export const Offers = ({ view, error }: ProblemProps) => (
  <>
    {error.offers.map(
      ({ title, options }, i) =>
        options.tunnel !== NO_TUNNEL && (
          <Button
            id={`offer-${i}`}
            onClick={() => {
              choose(view, options);
              connect(view);
            }}
          >
            {title}
          </Button>
        ),
    )}
  </>
);

interface CopyProps {
  view: View;
  id: string;
  /** The copied value, for a screen reader: "SSH command". */
  what: string;
  text: () => string | Promise<string>;
  /** It is what to do next. */
  main?: boolean;
  /** Called when it was pressed. */
  onUse?: () => void;
  children?: string;
}

/** Copies `text` and answers in its own place. */
export function Copy({ view, id, what, text, main, onUse, children = "Copy" }: CopyProps) {
  const { copied } = view.state;
  const word = copied?.id === id ? copied.text : children;
  return (
    <Button
      id={id}
      class={`cw-button cw-copy${main ? " cw-main" : ""}`}
      aria-label={`${word}: ${what}`}
      onClick={() => {
        onUse?.();
        const copied = text();
        // Where it is there, at once: browsers let a page copy right after a click.
        if (typeof copied === "string") void view.copy(id, copied);
        else void copied.then((made) => view.copy(id, made));
      }}
    >
      {word}
    </Button>
  );
}

/** Shows and hides the secret `id`. */
export function RevealToggle({ view, id, what = id }: { view: View; id: string; what?: string }) {
  const name = `show-${id}`;
  const open = view.state.open[name];
  const word = open ? "Hide" : "Show";
  return (
    <Button id={name} aria-label={`${word}: ${what}`} onClick={() => view.setOpen(name, !open)}>
      {word}
    </Button>
  );
}

interface BoxProps {
  id: string;
  /** Where it comes up as news. */
  role?: "alert";
  children: ComponentChildren;
}

/** A box that stands out: a caution or a question. */
export const Box = ({ id, ...rest }: BoxProps) => <div class="cw-box" data-testid={id} {...rest} />;
