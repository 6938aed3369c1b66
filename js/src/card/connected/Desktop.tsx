import { Fragment, h } from "preact";
import type { View } from "../../state/view";
import type { DesktopDetails } from "../../wire/protocol";
import { DetailRow, TextDetailRow } from "./DetailRow";
import { Failure } from "../ui/Failure";
import { Save } from "../ui/Save";
import { Steps } from "../ui/Steps";
import { Line, Row } from "../ui/basics";
import { Switch } from "../session/DesktopSwitch";
import { isHere, Open } from "../session/Inside";

/** What draws OpenGL on the processor. */
const SOFTWARE = /llvmpipe|softpipe|swrast/i;
const NO_GPU = "Software OpenGL (no GPU)";

interface DesktopProps {
  view: View;
  details: DesktopDetails | null;
  /** They are of a connection that is gone, or newer ones are on their way. */
  stale: boolean;
}

/** The desktop of a session, however far it is. */
export function Desktop({ view, details, stale }: DesktopProps) {
  const { snapshot } = view.state;
  const { phase, error } = snapshot?.desktop ?? {};
  const lost = phase === "reconnecting";
  const here = isHere(view.state);
  // In the notebook only there is no more to tell of it.
  const quiet = phase === "idle" || (here && phase === "connected");
  if (!snapshot || !phase || quiet) return null;
  return (
    <div
      class="cw-details"
      role="group"
      aria-label="Desktop"
      data-stale={stale || lost}
      tabIndex={here ? -1 : undefined}
      data-focus={here ? "connected" : undefined}
    >
      {lost && <Line>The desktop was lost and is coming back</Line>}
      {phase === "closing" && <Line>Closing the desktop</Line>}
      {phase === "working" && (
        <Steps steps={snapshot.steps.filter(({ name }) => name.startsWith("desktop"))} />
      )}
      {phase === "failed" && (
        <Failure view={view} id="desktop-failed" cause={error}>
          <Switch view={view} id="desktop-retry" word="Try again" on />
        </Failure>
      )}
      {details && <Viewing view={view} details={details} />}
    </div>
  );
}

interface ViewingProps {
  view: View;
  details: DesktopDetails;
}

/** The details of the desktop: viewer address, passwords and files. */
function Viewing({ view, details }: ViewingProps) {
  const save = (viewer: string, name: keyof DesktopDetails["connection_files"]) => (
    <Save
      view={view}
      id={`download-${viewer.toLowerCase()}`}
      label={`Download for ${viewer}`}
      file={name}
      text={() => details.connection_files[name]}
      otherwise="Use 1 and 2"
    >
      {`for ${viewer}`}
    </Save>
  );
  return (
    <>
      <p class="cw-line-up cw-apart">
        <strong>Desktop</strong>
        <small data-testid="desktop-server" title={details.renderer}>
          {details.server}, {SOFTWARE.test(details.renderer) ? NO_GPU : details.renderer}
        </small>
        <Open view={view} kind="desktop" />
      </p>
      <dl>
        <TextDetailRow
          view={view}
          label="1 Forward"
          hint="run it in a terminal on your computer, leave it open"
          id="forward-command"
          copy="forward"
          text={details.forward_command}
        />
        <TextDetailRow
          view={view}
          label="2 Viewer"
          after="open it in a VNC viewer"
          id="viewer-address"
          copy="viewer"
          text={details.viewer_address}
        />
        <TextDetailRow
          view={view}
          label="VNC password"
          id="vnc-password"
          text={details.password}
          secret
        />
        <TextDetailRow
          view={view}
          label="View-only password"
          id="view-only-password"
          text={details.view_only_password}
          secret
        />
        <DetailRow label="Connection file">
          <Row>
            {save("TigerVNC", "colabwidget.tigervnc")}
            {save("TurboVNC", "colabwidget.vnc")}
          </Row>
        </DetailRow>
      </dl>
    </>
  );
}
