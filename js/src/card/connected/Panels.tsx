/** What each tab shows: numbered steps. */
import { Fragment, h } from "preact";
import type { DesktopDetails, Endpoint, SshDetails } from "../../wire/protocol";
import { Copy, Link } from "../ui/basics";
import { Progress } from "./Desktop";
import { Text } from "./DetailRow";
import { forwardOn, commandOn, SYSTEMS } from "./systems";
import { before } from "./Pair";
import { Over, signIn, Steps, TextTodo, Todo, type WayProps } from "./Todo";

/** What the ssh config block calls the machine. */
const ALIAS = "colabwidget";
/** The schemes of links to the editor. */
export const EDITOR = /^vscode(-insiders)?:/;

interface PanelProps extends WayProps {
  endpoint: Endpoint;
}

export const TerminalPanel = (panel: PanelProps) => {
  const { view, ssh, endpoint, system, tab } = panel;
  const command = commandOn(system, ssh);
  return (
    <>
      <Steps
        view={view}
        tab={tab}
        of={command}
        steps={[
          ...before(panel),
          {
            button: "copy-command",
            draw: (turn) => (
              <TextTodo
                view={view}
                say={SYSTEMS[system].run}
                id="ssh-command"
                copy="command"
                what="SSH command"
                text={command}
                {...turn}
              />
            ),
          },
          ...signIn(panel),
        ]}
      />
      <Over endpoint={endpoint} />
    </>
  );
};

/** Whether the editor finds the machine only by the block of the ssh config. */
const needsConfig = ({ vscode_url }: SshDetails, { jump, proxy }: Endpoint): boolean =>
  !!(jump || proxy) || vscode_url.includes(`+${ALIAS}`);

export const EditorPanel = (panel: PanelProps) => {
  const { view, ssh, endpoint, tab } = panel;
  return (
    <>
      <Steps
        view={view}
        tab={tab}
        of={ssh.vscode_url}
        steps={[
          ...before(panel),
          needsConfig(ssh, endpoint) && {
            button: "copy-vscode-config",
            draw: (turn) => (
              <Todo
                say="Add the ssh config"
                note="to ~/.ssh/config on your computer"
                copy={
                  <Copy
                    view={view}
                    id="copy-vscode-config"
                    what="ssh config"
                    text={() => ssh.config}
                    {...turn}
                  />
                }
              >
                <code>Host {ALIAS} …</code>
              </Todo>
            ),
          },
          {
            button: "vscode",
            draw: (turn) => (
              <Todo
                say="Open it"
                note="with its extension Remote-SSH"
                copy={
                  <Link url={ssh.vscode_url} schemes={EDITOR} id="vscode" {...turn}>
                    Open in VS Code
                  </Link>
                }
              >
                {ssh.folder && <code>{ssh.folder}</code>}
              </Todo>
            ),
          },
          ...signIn(panel),
        ]}
      />
      <Over endpoint={endpoint} />
    </>
  );
};

interface DesktopPanelProps extends PanelProps {
  details: DesktopDetails;
}

export const DesktopPanel = ({ details, ...panel }: DesktopPanelProps) => {
  const { view, ssh, endpoint, system, tab } = panel;
  const command = forwardOn(system, ssh, details);
  return (
    <>
      <Progress view={view} />
      <Steps
        view={view}
        tab={tab}
        of={command}
        stale={view.state.snapshot?.desktop.phase === "reconnecting"}
        steps={[
          ...before(panel),
          {
            button: "copy-forward",
            draw: (turn) => (
              <TextTodo
                view={view}
                say={SYSTEMS[system].run}
                note="leave it open: it brings the desktop and a terminal"
                id="forward-command"
                copy="forward"
                what="Desktop command"
                text={command}
                {...turn}
              />
            ),
          },
          ...signIn(panel),
          {
            draw: () => (
              <Todo say="In a VNC viewer, open">
                <Text view={view} id="viewer-address" text={details.viewer_address} />
              </Todo>
            ),
          },
          {
            button: "copy-vnc-password",
            draw: (turn) => (
              <TextTodo
                view={view}
                say="VNC password, paste"
                id="vnc-password"
                what="VNC password"
                text={details.password}
                secret
                {...turn}
              />
            ),
          },
        ]}
      />
      <Over endpoint={endpoint} />
    </>
  );
};
