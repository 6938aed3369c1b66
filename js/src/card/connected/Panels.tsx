/** What each tab shows: numbered steps. */
import { Fragment, h } from "preact";
import type { View } from "../../state/view";
import type { DesktopDetails, Endpoint, SshDetails } from "../../wire/protocol";
import { Copy, Link } from "../ui/basics";
import { Progress } from "./Desktop";
import { Text } from "./DetailRow";
import { forwardOn, commandOn, SYSTEMS, type System } from "./systems";
import { before } from "./Pair";
import { Over, signIn, Steps, TextTodo, Todo } from "./Todo";

/** What the ssh config block calls the machine. */
const ALIAS = "colabwidget";
/** The schemes of links to the editor. */
export const EDITOR = /^vscode(-insiders)?:/;

interface PanelProps {
  view: View;
  ssh: SshDetails;
  endpoint: Endpoint;
  system: System;
}

export const TerminalPanel = ({ view, ssh, endpoint, system }: PanelProps) => {
  const command = commandOn(system, ssh);
  return (
    <>
      <Steps
        view={view}
        tab="terminal"
        of={command}
        steps={[
          ...before({ view, ssh, system }),
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
          ...signIn({ view, ssh, system, tab: "terminal" }),
        ]}
      />
      <Over endpoint={endpoint} />
    </>
  );
};

/** Whether the editor finds the machine only by the block of the ssh config. */
const needsConfig = ({ vscode_url }: SshDetails, { jump, proxy }: Endpoint): boolean =>
  !!(jump || proxy) || vscode_url.includes(`+${ALIAS}`);

export const EditorPanel = ({ view, ssh, endpoint, system }: PanelProps) => (
  <>
    <Steps
      view={view}
      tab="vscode"
      of={ssh.vscode_url}
      steps={[
        ...before({ view, ssh, system }),
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
        ...signIn({ view, ssh, system, tab: "vscode" }),
      ]}
    />
    <Over endpoint={endpoint} />
  </>
);

interface DesktopPanelProps extends PanelProps {
  details: DesktopDetails;
}

export const DesktopPanel = ({ view, ssh, endpoint, system, details }: DesktopPanelProps) => {
  const command = forwardOn(system, ssh, details);
  return (
    <>
      <Progress view={view} />
      <Steps
        view={view}
        tab="desktop"
        of={command}
        stale={view.state.snapshot?.desktop.phase === "reconnecting"}
        steps={[
          ...before({ view, ssh, system }),
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
          ...signIn({ view, ssh, system, tab: "desktop" }),
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
