import { Fragment, h } from "preact";
import type { View } from "../view";
import { Toggle } from "./basics";
import { control, errorAt, Field, Note } from "./Field";

/** What to open on the machine, and the settings that few people change. */
export function Reach({ view }: { view: View }) {
  const { options, publicKey, open: opened } = view.state;
  const { ssh, desktop, user } = options;
  const open = opened.more === true || ["public_key", "user"].some((name) => errorAt(view, name));
  return (
    <>
      <div class="cw-line-up">
        <label class="cw-choice">
          <input
            {...control(view, "ssh")}
            class=""
            type="checkbox"
            checked={ssh}
            onClick={(event) => view.option("ssh", event.currentTarget.checked)}
          />
          SSH
        </label>
        <label class="cw-choice cw-muted">
          <input type="checkbox" checked={desktop} disabled data-testid="desktop" />
          Desktop (VNC) <small>not in this version</small>
        </label>
        {ssh && (
          <Toggle view={view} id="more" open={open}>
            More: key, user
          </Toggle>
        )}
      </div>
      <Note view={view} name="ssh" />
      {ssh && open && (
        <>
          <Field
            view={view}
            name="public_key"
            label="Public key"
            hint="With a key, nobody signs in with a password."
          >
            <textarea
              {...control(view, "public_key")}
              rows={3}
              value={publicKey}
              onInput={(event) => view.set({ publicKey: event.currentTarget.value })}
            />
          </Field>
          <Field view={view} name="user" label="User">
            <input
              {...control(view, "user")}
              type="text"
              value={user}
              // Python gets it when it is whole.
              onInput={(event) =>
                view.set({ options: { ...options, user: event.currentTarget.value } })
              }
              onChange={(event) => view.option("user", event.currentTarget.value.trim())}
            />
          </Field>
        </>
      )}
    </>
  );
}
