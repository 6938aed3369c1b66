import { Fragment, h } from "preact";
import type { View } from "../../state/view";
import type { Details, SshDetails } from "../../wire/protocol";
import { DesktopSwitch } from "../session/DesktopSwitch";
import { hasDesktop } from "../session/Inside";
import { Row } from "../ui/basics";
import { Icon } from "../ui/icons";
import { desktopMark, WithoutDesktop } from "./Desktop";
import { DesktopPanel, EDITOR, EditorPanel, TerminalPanel } from "./Panels";
import { ownSystem, SYSTEMS, type System } from "./systems";
import { Panel, type Tab, Tabs } from "./Tabs";

interface WaysProps {
  view: View;
  details: Details;
  ssh: SshDetails;
}

/** The ways in, a tab each, in the words of the system that is chosen beside them. */
export function Ways({ view, details, ssh }: WaysProps) {
  const { state } = view;
  const { desktop } = details;
  const { endpoint } = details.tunnel;
  const system = (state.system as System | undefined) ?? ownSystem();
  const tabs: Tab[] = EDITOR.test(ssh.vscode_url)
    ? ["terminal", "vscode", "desktop"]
    : ["terminal", "desktop"];
  const chosen = tabs.find((tab) => tab === state.tab) ?? "terminal";
  // Of one that has failed it is a detail: to try again is what comes first.
  const desktopRests = !hasDesktop(state) && state.snapshot?.desktop.phase !== "failed";
  const panel = { view, ssh, endpoint, system, tab: chosen };
  return (
    <div class="cw-ways">
      <div class="cw-line-up cw-tabline">
        <Tabs view={view} tabs={tabs} chosen={chosen} marks={{ desktop: desktopMark(view) }} />
        <label class="cw-system">
          <span>Your computer</span>
          <select
            class="cw-input"
            value={system}
            data-testid="system"
            onChange={(event) => view.set({ system: event.currentTarget.value })}
          >
            {Object.entries(SYSTEMS).map(([name, { title }]) => (
              <option key={name} value={name}>
                {title}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Panel view={view} chosen={chosen}>
        {chosen === "terminal" && <TerminalPanel {...panel} />}
        {chosen === "vscode" && <EditorPanel {...panel} />}
        {chosen === "desktop" && (
          <>
            {/* A place of its own: what is moved in a page loses focus, as the button would. */}
            <div class="cw-ways">
              {desktop ? (
                <DesktopPanel {...panel} details={desktop} />
              ) : (
                <WithoutDesktop view={view} />
              )}
            </div>
            {desktopRests && (
              <Row>
                <DesktopSwitch view={view} />
              </Row>
            )}
          </>
        )}
      </Panel>
      {(ssh.notices ?? []).map((text) => (
        <p class="cw-hint cw-warn" key={text} data-testid="ssh-notice">
          <Icon name="caution" />
          {text}
        </p>
      ))}
    </div>
  );
}
