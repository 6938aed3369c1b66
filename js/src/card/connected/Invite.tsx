import { Fragment, h } from "preact";
import { find } from "../../dom/focus";
import type { View } from "../../state/view";
import type { Details, Invitation, SshDetails } from "../../wire/protocol";
import { control, Field } from "../form/Field";
import { DetailRow, TextDetailRow, words } from "./DetailRow";
import { Box, Button, Copy, RequestButton, Row } from "../ui/basics";
import { joined, lasting } from "../ui/format";

const SIGHTS = { watch: "a terminal", type: "a terminal, typing in it", desktop: "the desktop" };
const MINUTES = [15, 30, 60, 240, 480];

/** A button that opens the form for an invitation. */
export function Invite({ view }: { view: View }) {
  const open = !!view.state.open.invite;
  const given = (name: string) => find(view.el, `invite_${name}`) as HTMLInputElement;
  const invite = (): void => {
    const key = given("key");
    const sees = given("sees").value;
    const minutes = Number(given("minutes").value);
    view.invite(sees === "desktop" ? sees : "shell", sees === "type", key.value, minutes);
    key.value = "";
  };
  const select = (name: string, label: string, titles: Record<string, string>, value: string) => (
    <Field view={view} name={name} label={label}>
      <select {...control(view, name)}>
        {Object.entries(titles).map(([each, title]) => (
          <option key={each} value={each} selected={each === value}>
            {title}
          </option>
        ))}
      </select>
    </Field>
  );
  const times = MINUTES.map((each) => [each, lasting(60 * each)]);
  return (
    <>
      <Button id="invite" aria-expanded={open} onClick={() => view.setOpen("invite", !open)}>
        Invite
      </Button>
      {open && (
        <Box id="invite-form">
          <strong>Let a colleague watch</strong>
          <span>They see this and nothing else. The terminal is the one you typed in last.</span>
          {select("invite_sees", "They see", SIGHTS, "watch")}
          {select("invite_minutes", "For", Object.fromEntries(times), "30")}
          <Field
            view={view}
            name="invite_key"
            label="Their key"
            hint="github:NAME or a public key. Left empty, a password is made that is valid once."
          >
            <input {...control(view, "invite_key")} type="text" />
          </Field>
          <Row>
            <RequestButton
              view={view}
              id="invite-make"
              kind="invite"
              word="Make the invitation"
              onClick={invite}
            />
          </Row>
        </Box>
      )}
    </>
  );
}

interface InvitationsProps {
  view: View;
  details: Details;
  ssh: SshDetails;
}

/** The invitations that are open: what each guest needs, and a button that ends it. */
export function Invitations({ view, details, ssh }: InvitationsProps) {
  const { snapshot, at } = view.state;
  const passed = (view.now() - at) / 1000;
  if (!snapshot?.invitations.length) return null;
  return (
    <div role="group" aria-label="Invitations" data-testid="invitations">
      <p class="cw-muted" aria-hidden="true">
        Invitations
      </p>
      <dl>
        {snapshot.invitations.map((each) => {
          const { name } = each;
          const told = details.invitations.find((one) => one.name === name);
          return (
            <Fragment key={name}>
              <DetailRow label={name}>
                <div>{described(each, passed)}</div>
                <RequestButton
                  view={view}
                  id="revoke"
                  word="Revoke"
                  aria-label={`Revoke: ${name}`}
                  onClick={() => view.revoke(name)}
                />
              </DetailRow>
              {told && (
                <>
                  <DetailRow label="Send them">
                    <code data-testid="guest-command">{words(told.command)}</code>
                    <Copy
                      view={view}
                      id={`copy-${name}`}
                      what={`command for ${name}`}
                      text={() =>
                        joined(
                          "\n# ",
                          told.command,
                          told.viewer_address && `then open ${told.viewer_address} in a VNC viewer`,
                          `host key: ${ssh.fingerprint}`,
                        )
                      }
                    />
                  </DetailRow>
                  {[told.password, told.viewer_password].map(
                    (text, i) =>
                      text && (
                        <TextDetailRow
                          view={view}
                          label={i ? "VNC password" : "Password, once"}
                          id={`${name}-${i}`}
                          text={text}
                          secret
                        />
                      ),
                  )}
                </>
              )}
            </Fragment>
          );
        })}
      </dl>
    </div>
  );
}

function described({ sees, typing, way, seconds, present }: Invitation, passed: number): string {
  const left = seconds - passed;
  return joined(
    " · ",
    `sees ${SIGHTS[sees === "desktop" ? sees : typing ? "type" : "watch"]}`,
    `by ${way}`,
    present ? "is in" : "is not in",
    left > 0 ? `${lasting(left)} left` : "over",
  );
}
