import { Fragment, h } from "preact";
import { currentDetails, lacksDetails, reason } from "../../state/store";
import type { View } from "../../state/view";
import { LogPanel } from "../log/LogPanel";
import { Steps } from "../ui/Steps";
import { RequestButton, Box, Button, Line, Row, Problem } from "../ui/basics";
import { joined } from "../ui/format";
import { Desktop, DesktopSwitch } from "./Desktop";
import { Details } from "./Details";
import { isHere, OpenHere } from "./Inside";
import { Invitations } from "./Invite";
import { Present } from "./Present";

/** A session that is on its way, up, or on its way down. */
export function Session({ view }: { view: View }) {
  const { shown, state } = view;
  const { snapshot, pending, moved } = state;
  const steps = pending?.kind === "connect" ? [] : (snapshot?.steps ?? []);
  const details = currentDetails(state);
  const lost = shown === "reconnecting";
  const stale = lost || lacksDetails(state);

  if (shown === "closing") {
    return (
      <>
        <Line>
          {isHere(state) ? "Closing the desktop" : "Closing the tunnel and the SSH server"}
        </Line>
        <LogPanel view={view} />
      </>
    );
  }
  return (
    <>
      {lost && (
        <Box id="banner">
          <strong>{joined(": ", "The connection was lost", reason(snapshot!))}</strong>
          <span>It comes back by itself.</span>
        </Box>
      )}
      {shown === "working" &&
        (steps.length ? <Steps steps={steps} /> : <Line>Asking the kernel</Line>)}
      {moved && details && (
        <Box id="moved" role="alert">
          <strong>The address changed</strong>
          <span>Use the new command below.</span>
          <Button id="moved-read" onClick={() => view.set({ moved: false })}>
            Dismiss
          </Button>
        </Box>
      )}
      {details?.ssh && (
        <Details view={view} ssh={details.ssh} endpoint={details.tunnel.endpoint} stale={stale} />
      )}
      {shown !== "working" &&
        (details || isHere(state) ? (
          <Desktop view={view} details={details?.desktop ?? null} stale={stale} />
        ) : (
          <Line>Waiting for the connection details</Line>
        ))}
      {shown !== "working" && <Present view={view} />}
      {details?.ssh && <Invitations view={view} details={details} ssh={details.ssh} />}
      <ConfirmDisconnect view={view} />
      {shown === "working" ? (
        <>
          {pending?.kind !== "connect" && <LogPanel view={view} />}
          <RequestButton
            view={view}
            id="cancel"
            word="Cancel"
            busy="Cancelling"
            onClick={view.cancel}
          />
        </>
      ) : (
        <LogPanel view={view}>
          <Disconnect view={view} />
          <DesktopSwitch view={view} />
          <OpenHere view={view} />
        </LogPanel>
      )}
    </>
  );
}

export const Disconnect = ({ view }: { view: View }) => (
  <RequestButton
    view={view}
    id="disconnect"
    class="cw-button cw-danger"
    word="Disconnect"
    busy="Disconnecting"
    onClick={() => view.disconnect(false)}
  />
);

/** The reason why a click was refused; asks for confirmation while clients are connected. */
export function ConfirmDisconnect({ view }: { view: View }) {
  const { refusal } = view.state;
  if (!refusal) return null;
  const { error } = refusal;
  const asks = error.code === "clients_connected";
  return (
    <Box id="refused" role="alert">
      <Problem view={view} error={error} />
      <Row>
        {asks && (
          <Button id="disconnect-confirm" onClick={() => view.disconnect(true)}>
            Disconnect anyway
          </Button>
        )}
        <Button
          id={asks ? "disconnect-keep" : "refused-read"}
          onClick={() => view.set({ refusal: null })}
        >
          {asks ? "Keep the connection" : "Dismiss"}
        </Button>
      </Row>
    </Box>
  );
}
