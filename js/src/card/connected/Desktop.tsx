import { Fragment, h } from "preact";
import type { View } from "../../state/view";
import { SOFTWARE_OPENGL, type DesktopDetails } from "../../wire/protocol";
import { DesktopSwitch, Switch } from "../session/DesktopSwitch";
import { hasDesktop, isHere } from "../session/Inside";
import { Failure } from "../ui/Failure";
import { Save } from "../ui/Save";
import { Steps } from "../ui/Steps";
import { Line, Row } from "../ui/basics";
import { DetailRow, RevealRow, TextDetailRow } from "./DetailRow";

/** What draws OpenGL, in words, and what there is to know of it. */
function drawnBy({ renderer, unused_gpu: gpu }: DesktopDetails): [string, string] {
  if (gpu) {
    const look = "Run nvidia-smi and vglrun +v glxinfo -B in the desktop's terminal to see why.";
    return [`Software OpenGL (${gpu} is not used)`, `${renderer}. ${look}`];
  }
  return [
    RegExp(SOFTWARE_OPENGL, "i").test(renderer) ? "Software OpenGL (no GPU)" : renderer,
    renderer,
  ];
}

/** How far a desktop is that does not rest: its steps, its failure, that it comes back or closes. */
export function Progress({ view }: { view: View }) {
  const { snapshot } = view.state;
  const { phase, error } = snapshot?.desktop ?? {};
  return (
    <>
      {phase === "reconnecting" && <Line>The desktop was lost and is coming back</Line>}
      {phase === "closing" && <Line>Closing the desktop</Line>}
      {phase === "working" && (
        <Steps steps={snapshot!.steps.filter(({ name }) => name.startsWith("desktop"))} />
      )}
      {phase === "failed" && (
        <Failure view={view} id="desktop-failed" cause={error}>
          <Switch view={view} id="desktop-retry" class="cw-button cw-main" word="Try again" on />
        </Failure>
      )}
    </>
  );
}

/** The desktop of a session in the notebook only, where there are no tabs. */
export function DesktopHere({ view }: { view: View }) {
  const phase = view.state.snapshot?.desktop.phase;
  // There is no more to tell of one that is there.
  if (!isHere(view.state) || !phase || phase === "idle" || phase === "connected") return null;
  return (
    <div
      class="cw-details"
      role="group"
      aria-label="Desktop"
      data-stale={phase === "reconnecting"}
      tabIndex={-1}
      data-focus="connected"
    >
      <Progress view={view} />
    </div>
  );
}

/** How far a desktop is, in a word or two, beside its title; '' where it is there, or not wanted. */
export function desktopMark({ state: { snapshot } }: View): string {
  const phase = snapshot?.desktop.phase;
  if (phase === "working") return "installing";
  if (phase === "failed") return "failed";
  if (phase === "reconnecting") return "coming back";
  return phase === "closing" ? "closing" : "";
}

/** What there is to do about a desktop whose details are not there. */
export const WithoutDesktop = ({ view }: { view: View }) => (
  <>
    <Progress view={view} />
    {view.state.snapshot?.desktop.phase === "idle" && (
      <p>A Linux desktop on this machine, for a VNC viewer on your computer or in this notebook.</p>
    )}
  </>
);

interface DesktopRowsProps {
  view: View;
  details: DesktopDetails;
}

/** What few people need of a desktop: its server, the second password, files for viewers. */
export function DesktopRows({ view, details }: DesktopRowsProps) {
  const save = (viewer: string, name: keyof DesktopDetails["connection_files"]) => (
    <Save
      view={view}
      id={`download-${viewer.toLowerCase()}`}
      label={`Download for ${viewer}`}
      file={name}
      text={() => details.connection_files[name]}
      otherwise="Use the steps of Desktop"
    >
      {`for ${viewer}`}
    </Save>
  );
  const [drawn, about] = drawnBy(details);
  return (
    <>
      <DetailRow label="Desktop">
        <div>
          <span data-testid="desktop-server" title={about}>
            {details.server}, {drawn}
          </span>
        </div>
        {hasDesktop(view.state) && <DesktopSwitch view={view} />}
      </DetailRow>
      <RevealRow view={view} label="VNC password" id="vnc-password" />
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
    </>
  );
}
