import { Fragment, h } from "preact";
import { connect, hasToken } from "../../state/actions";
import type { View } from "../../state/view";
import { LogPanel } from "../log/LogPanel";
import { Failure } from "../ui/Failure";
import { Steps } from "../ui/Steps";
import { Button, RequestButton, Line, Offers } from "../ui/basics";
import { HereRow } from "./Inside";
import { Disconnect, ConfirmDisconnect } from "./Session";

/** A session that has failed. */
export function Failed({ view }: { view: View }) {
  const { snapshot } = view.state;
  const other = snapshot?.error?.code === "backend_version";
  const kept = hasToken(view);
  const edit = (): void => view.set({ retry: true, refusal: null });
  return (
    <>
      <Failure view={view} id="error" cause={snapshot?.error}>
        <RequestButton
          view={view}
          id={other ? "restart" : "try-again"}
          class="cw-button cw-main"
          word={other ? "Restart the backend" : "Try again"}
          busy="Restarting"
          onClick={other ? view.restart : kept ? () => connect(view) : edit}
        />
        {kept && (
          <Button id="edit" onClick={edit}>
            Change the form
          </Button>
        )}
        {snapshot?.error && <Offers view={view} error={snapshot.error} />}
        {snapshot?.kept && <Disconnect view={view} />}
      </Failure>
      {kept && (
        <Line id="token-kept">
          Your authtoken is kept for this try, in memory only and for ten minutes at most.
        </Line>
      )}
      {snapshot?.kept && <Line id="kept">What runs here was kept: Try again goes on with it.</Line>}
      <ConfirmDisconnect view={view} />
      {other || <HereRow view={view} />}
      {other || (
        <>
          <Steps steps={snapshot?.steps ?? []} />
          <LogPanel view={view} />
        </>
      )}
    </>
  );
}
