import { Fragment, h } from "preact";
import { currentDetails, lacksDetails } from "../../state/store";
import type { View } from "../../state/view";
import { isHere } from "../session/Inside";
import { Box, Button } from "../ui/basics";
import { Awaited } from "./Awaited";
import { DesktopHere } from "./Desktop";
import { Details } from "./Details";
import { LoadLine } from "./LoadLine";
import { Present, Standing } from "./Present";
import { Ways } from "./Ways";

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
        <div
          class="cw-details"
          role="group"
          aria-label="Connection details"
          tabIndex={-1}
          data-focus="connected"
          data-stale={stale}
        >
          <Ways view={view} details={details} ssh={details.ssh} />
          <Details view={view} details={details} ssh={details.ssh} />
        </div>
      )}
      <DesktopHere view={view} />
      {up && lacksDetails(state) && !isHere(state) && <Awaited view={view} />}
      {up && <Standing view={view} />}
      {up && <LoadLine view={view} />}
      {up && !details?.ssh && <Present view={view} />}
    </>
  );
}
