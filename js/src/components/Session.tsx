import { Fragment, h } from "preact";
import { currentDetails, lacksDetails } from "../store";
import type { View } from "../view";
import { Box, Button, Problem } from "./basics";
import { Details } from "./Details";
import { LogPanel } from "./LogPanel";
import { Steps } from "./Steps";

/** A session that is on its way, up, or on its way down. */
export function Session({ view }: { view: View }) {
  const { shown, state } = view;
  const { snapshot, pending, moved } = state;
  const steps = pending?.kind === "connect" ? [] : (snapshot?.steps ?? []);
  const details = currentDetails(state);
  const lost = shown === "reconnecting";

  if (shown === "closing") {
    return (
      <>
        <p class="cw-muted">Closing the tunnel and the SSH server</p>
        <LogPanel view={view} />
      </>
    );
  }
  return (
    <>
      {lost && (
        <Box id="banner">
          <strong>The connection was lost</strong>
          <span>
            {steps.find(({ status }) => status === "running")?.detail ||
              "Waiting for the tunnel to come back."}
          </span>
        </Box>
      )}
      {shown === "working" &&
        (steps.length ? <Steps steps={steps} /> : <p class="cw-muted">Asking the kernel</p>)}
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
        <Details view={view} ssh={details.ssh} stale={lost || lacksDetails(state)} />
      )}
      {shown !== "working" && !details && (
        <p class="cw-muted">Waiting for the connection details</p>
      )}
      <Question view={view} />
      {shown === "working" ? (
        <>
          <LogPanel view={view} />
          <End view={view} id="cancel" word="Cancel" busy="Cancelling" onClick={view.cancel} />
        </>
      ) : (
        <LogPanel view={view}>
          <End
            view={view}
            id="disconnect"
            word="Disconnect"
            busy="Disconnecting"
            onClick={() => view.disconnect(false)}
          />
        </LogPanel>
      )}
    </>
  );
}

interface EndProps {
  view: View;
  id: "cancel" | "disconnect";
  word: string;
  busy: string;
  onClick: () => void;
}

/** The button that ends what is going on; it keeps focus while it is answered. */
function End({ view, id, word, busy, onClick }: EndProps) {
  const ending = view.state.pending?.kind === id;
  return (
    <Button id={id} aria-disabled={ending} onClick={() => ending || onClick()}>
      {ending ? busy : word}
    </Button>
  );
}

/** Why a click was not followed; asks once where somebody is connected. */
function Question({ view }: { view: View }) {
  const { refusal } = view.state;
  if (!refusal) return null;
  const { error } = refusal;
  const asks = error.code === "clients_connected";
  return (
    <Box id="refused" role="alert">
      <Problem error={error} />
      <div class="cw-line-up">
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
      </div>
    </Box>
  );
}
