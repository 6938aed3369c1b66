import { Fragment, h } from "preact";
import type { Options } from "../protocol";
import type { View } from "../view";
import { LineUp, Toggle } from "./basics";
import { Choice, control, errorAt, Field, Note, Text, valueOf } from "./Field";

const SIZES = ["1280x720", "1600x900", "1920x1080", "2560x1440"];
const SERVERS = [
  { value: "auto", title: "Automatic" },
  { value: "turbovnc", title: "TurboVNC" },
  { value: "tigervnc", title: "TigerVNC" },
];

/** The fields under More. */
export const extras = ({ ssh, desktop }: Options): string[] => [
  ...(ssh ? ["public_key", "user"] : []),
  ...(ssh && desktop ? ["geometry", "vnc"] : []),
];

/** What to open on the machine, and the settings that few people change. */
export function Reach({ view }: { view: View }) {
  const { options, publicKey, open: opened } = view.known;
  const { ssh, desktop } = options;
  const open = opened.more || extras(options).some((name) => errorAt(view, name));
  const box = (name: "ssh" | "desktop", title: string) => (
    <label class="cw-choice">
      <input
        {...control(view, name)}
        class=""
        type="checkbox"
        checked={options[name]}
        onClick={(event) => view.option(name, event.currentTarget.checked)}
      />
      {title}
    </label>
  );
  return (
    <>
      <div class="cw-row" role="group" aria-label="Access">
        <span aria-hidden="true">Access</span>
        <div>
          <LineUp>
            {box("ssh", "SSH")}
            {box("desktop", "Desktop (VNC)")}
            {ssh && (
              <Toggle view={view} id="more" open={!!open}>
                {desktop ? "More: key, user, size" : "More: key, user"}
              </Toggle>
            )}
          </LineUp>
          <Note view={view} name="ssh" />
          <Note view={view} name="desktop" />
        </div>
      </div>
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
              onInput={(event) => view.set({ publicKey: valueOf(event) })}
            />
          </Field>
          <Text view={view} name="user" label="User" />
          {desktop && (
            <>
              <Text view={view} name="geometry" label="Size" common={SIZES} />
              <Choice view={view} name="vnc" label="VNC server" choices={SERVERS} />
            </>
          )}
        </>
      )}
    </>
  );
}
