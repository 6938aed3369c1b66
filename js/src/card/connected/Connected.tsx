import { Fragment, h } from "preact";
import { currentDetails, lacksDetails } from "../../state/store";
import type { View } from "../../state/view";
import { isHere } from "../session/Inside";
import { Box, Button, Line } from "../ui/basics";
import { Desktop } from "./Desktop";
import { Details } from "./Details";
import { Invitations } from "./Invite";
import { LoadLine } from "./LoadLine";
import { Present } from "./Present";

/** What a session that is up has to show. */
export function Connected({ view }: { view: View }) {
  const { shown, state } = view;
  const details = currentDetails(state);
  const stale = shown === "reconnecting" || lacksDetails(state);
  const up = shown !== "working";
  return (
    <>
      {state.moved && details && (
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
      {up &&
        (details || isHere(state) ? (
          <Desktop view={view} details={details?.desktop ?? null} stale={stale} />
        ) : (
          <Line>Waiting for the connection details</Line>
        ))}
      {up && <Present view={view} />}
      {up && <LoadLine view={view} />}
      {details?.ssh && <Invitations view={view} details={details} ssh={details.ssh} />}
    </>
  );
}
