import { Fragment, h } from "preact";
import { currentDetails, reason } from "../../state/store";
import type { View } from "../../state/view";
import { LogPanel } from "../log/LogPanel";
import { Steps } from "../ui/Steps";
import { RequestButton, Box, Button, Line, Row, Problem } from "../ui/basics";
import { joined } from "../ui/format";
import { DesktopSwitch } from "./DesktopSwitch";
import { isHere, OpenHere } from "./Inside";
import { PartPlace } from "./PartPlace";
import type { Fetched } from "./parts";

interface SessionProps {
  view: View;
  /** What a session that is up has to show. */
  part: Fetched;
  /** How its page becomes the bridge of a paired computer. */
  bridge: Fetched;
}

/** A session that is on its way, up, or on its way down. */
export function Session({ view, part, bridge }: SessionProps) {
  const { shown, state } = view;
  const { snapshot, pending } = state;
  const steps = pending?.kind === "connect" ? [] : (snapshot?.steps ?? []);
  const lost = shown === "reconnecting";

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
      {(shown !== "working" || currentDetails(state)?.ssh) && (
        <PartPlace view={view} fetched={part} />
      )}
      {state.open.details && currentDetails(state)?.ssh?.pairing && (
        <details class="cw-tools" data-testid="bridge" onToggle={bridge.want}>
          <summary>Use this page as the bridge</summary>
          <PartPlace view={view} fetched={bridge} />
        </details>
      )}
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
        <LogPanel view={view} last={<Disconnect view={view} />}>
          {/* It is among the details, where there are some. */}
          {!currentDetails(state)?.ssh && <OpenHere view={view} />}
          {isHere(state) && <DesktopSwitch view={view} />}
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

/** The reason why a click was refused; asks for confirmation while clients or windows are there. */
export function ConfirmDisconnect({ view }: { view: View }) {
  const { refusal } = view.state;
  if (!refusal) return null;
  const { error } = refusal;
  const isDesktop = refusal.kind === "desktop";
  const asks = ["clients_connected", "windows_open"].includes(error.code);
  return (
    <Box id="refused" role="alert">
      <Problem view={view} error={error} />
      <Row>
        {asks && (
          <Button
            id="disconnect-confirm"
            onClick={() => (isDesktop ? view.withDesktop(false, true) : view.disconnect(true))}
          >
            {isDesktop ? "Remove" : "Disconnect"} anyway
          </Button>
        )}
        <Button
          id={asks ? "disconnect-keep" : "refused-read"}
          onClick={() => view.set({ refusal: null })}
        >
          {asks ? `Keep the ${isDesktop ? "desktop" : "connection"}` : "Dismiss"}
        </Button>
      </Row>
    </Box>
  );
}
