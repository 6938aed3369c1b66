import { h } from "preact";
import type { View } from "../../state/view";
import { RequestButton } from "../ui/basics";
import { isHere } from "./Inside";

/** Adds the desktop, or takes it away. */
export function DesktopSwitch({ view }: { view: View }) {
  const phase = view.shown === "connected" && view.state.snapshot?.desktop.phase;
  // Without it, nothing would be left of a session that is only here.
  if (!phase || (isHere(view.state) && phase !== "idle")) return null;
  if (phase === "idle") return <Switch view={view} id="desktop-add" word="Add desktop" on />;
  if (phase === "working") return <Switch view={view} id="desktop-cancel" word="Cancel desktop" />;
  return (
    <Switch view={view} id="desktop-remove" word="Remove desktop" ending={phase === "closing"} />
  );
}

interface SwitchProps {
  view: View;
  id: string;
  word: string;
  on?: boolean;
  ending?: boolean;
  class?: string;
}

/** Asks for the desktop, or for its end. */
export const Switch = ({ on = false, ...rest }: SwitchProps) => {
  const { view } = rest;
  const click = (): void => {
    view.withDesktop(on);
    // Elsewhere there are details beside which it can be opened.
    if (on && isHere(view.state)) view.inside("desktop", true);
  };
  return <RequestButton kind="desktop" onClick={click} {...rest} />;
};
