import { Fragment, h } from "preact";
import type { View } from "../../state/view";
import { VNC_SERVERS } from "../../wire/protocol";
import { Row, Toggle } from "../ui/basics";
import { joined } from "../ui/format";
import { control, errorAt, Field, Note, Select, Text, valueOf } from "./Field";

const SIZES = ["1280x720", "1600x900", "1920x1080", "2560x1440"].map((value) => ({
  value,
  title: "",
}));

/** Minutes without a client until the tunnel is closed. */
const LIMITS = [
  { value: "30", title: "after 30 minutes" },
  { value: "60", title: "after 1 hour" },
  { value: "240", title: "after 4 hours" },
  { value: "720", title: "after 12 hours" },
  { value: "0", title: "never" },
];

/** The fields under More. */
export const extraFields = (view: View): string[] => {
  const { ssh, desktop } = view.state.options;
  return [
    ...(ssh ? ["public_key", "user", "idle_timeout"] : []),
    ...(ssh && hasDrive(view) ? ["mount_gdrive_to", "mount_gdrive_from"] : []),
    ...(ssh && desktop ? ["geometry", "vnc"] : []),
  ];
};

/** Google Drive can be there. */
const hasDrive = ({ state: { host } }: View): boolean => host?.drive ?? false;

/** The ways in to open, and the settings under More. */
export function AccessFields({ view }: { view: View }) {
  const { options, publicKey, open: opened } = view.state;
  const { ssh, desktop } = options;
  const drive = ssh && hasDrive(view);
  const keyOnly = ssh && !!publicKey.trim();
  const open = opened.more || extraFields(view).some((name) => errorAt(view, name));
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
          <Row>
            {box("ssh", "SSH")}
            {box("desktop", "Desktop (VNC)")}
            {ssh && (
              <Toggle view={view} id="more" open={!!open}>
                {joined(", ", "More: key, user, time limit", drive && "Drive", desktop && "size")}
              </Toggle>
            )}
          </Row>
          <Note
            view={view}
            name="ssh"
            hint={keyOnly && !open && "By key only: password sign-in is off."}
          />
          <Note view={view} name="desktop" />
        </div>
      </div>
      {ssh && open && (
        <>
          <Field
            view={view}
            name="public_key"
            label="Public key"
            hint={
              keyOnly
                ? "Password sign-in is off: only these keys get in."
                : "A key or more, github:NAME, gitlab:NAME, or a file on this machine. With one, password sign-in is off."
            }
          >
            <textarea
              {...control(view, "public_key")}
              rows={3}
              value={publicKey}
              onInput={(event) => view.set({ publicKey: valueOf(event) })}
            />
          </Field>
          <Text view={view} name="user" label="User" />
          <Select view={view} name="idle_timeout" label="Close when unused" choices={LIMITS} />
          {drive && (
            <>
              <Text
                view={view}
                name="mount_gdrive_to"
                label="Google Drive in"
                hint="A folder of the user's home. Left empty, the drive is not mounted."
                placeholder="drive"
              />
              <Text
                view={view}
                name="mount_gdrive_from"
                label="Only this folder"
                hint="A folder of the drive. Left empty, it is the whole drive."
                placeholder="My Drive/data"
              />
            </>
          )}
        </>
      )}
      {ssh && desktop && open && (
        <>
          <Text view={view} name="geometry" label="Size" suggestions={SIZES} />
          <Select view={view} name="vnc" label="VNC server" choices={VNC_SERVERS} />
        </>
      )}
    </>
  );
}
