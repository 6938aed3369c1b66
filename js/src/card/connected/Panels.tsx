/** What each tab shows: numbered steps, the first button of which is the main one. */
import { Fragment, h } from "preact";
import type { View } from "../../state/view";
import type { DesktopDetails, Endpoint, SshDetails } from "../../wire/protocol";
import { Copy, Link } from "../ui/basics";
import { Progress } from "./Desktop";
import { forwardOn, commandOn, SYSTEMS, type System } from "./systems";
import { Install, Over, SignIn, TextTodo, Todo } from "./Todo";

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

export const TerminalPanel = ({ view, ssh, endpoint, system }: PanelProps) => (
  <>
    <ol class="cw-todo">
      <Install view={view} client={ssh.client} system={system} />
      <TextTodo
        view={view}
        say={SYSTEMS[system].run}
        id="ssh-command"
        copy="command"
        what="SSH command"
        text={commandOn(system, ssh)}
        main
      />
      <SignIn view={view} ssh={ssh} system={system} />
    </ol>
    <Over endpoint={endpoint} />
  </>
);

/** Whether the editor finds the machine only by the block of the ssh config. */
const needsConfig = ({ vscode_url }: SshDetails, { jump, proxy }: Endpoint): boolean =>
  !!(jump || proxy) || vscode_url.includes(`+${ALIAS}`);

export const EditorPanel = ({ view, ssh, endpoint, system }: PanelProps) => (
  <>
    <ol class="cw-todo">
      <Install view={view} client={ssh.client} system={system} />
      {needsConfig(ssh, endpoint) && (
        <Todo
          say="Add the ssh config"
          note="to ~/.ssh/config on your computer"
          copy={
            <Copy view={view} id="copy-vscode-config" what="ssh config" text={() => ssh.config} />
          }
        >
          <code>Host {ALIAS} …</code>
        </Todo>
      )}
      <Todo
        say="Open it"
        note="with its extension Remote-SSH"
        copy={
          <Link url={ssh.vscode_url} schemes={EDITOR} id="vscode" main>
            Open in VS Code
          </Link>
        }
      >
        {ssh.folder && <code>{ssh.folder}</code>}
      </Todo>
      <SignIn view={view} ssh={ssh} system={system} editor />
    </ol>
    <Over endpoint={endpoint} />
  </>
);

interface DesktopPanelProps extends PanelProps {
  details: DesktopDetails;
}

export const DesktopPanel = ({ view, ssh, endpoint, system, details }: DesktopPanelProps) => (
  <>
    <Progress view={view} />
    <ol class="cw-todo" data-stale={view.state.snapshot?.desktop.phase === "reconnecting"}>
      <Install view={view} client={ssh.client} system={system} />
      <TextTodo
        view={view}
        say={SYSTEMS[system].run}
        note="leave it open: it brings the desktop and a terminal"
        id="forward-command"
        copy="forward"
        what="Desktop command"
        text={forwardOn(system, ssh, details)}
        main
      />
      <SignIn view={view} ssh={ssh} system={system} />
      <TextTodo
        view={view}
        say="In a VNC viewer, open"
        id="viewer-address"
        copy="viewer"
        what="Viewer address"
        text={details.viewer_address}
      />
      <TextTodo
        view={view}
        say="VNC password, paste"
        id="vnc-password"
        what="VNC password"
        text={details.password}
        secret
      />
    </ol>
    <Over endpoint={endpoint} />
  </>
);
