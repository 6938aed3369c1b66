import { h } from "preact";
import type { SshDetails } from "../protocol";
import type { View } from "../view";
import { joined } from "../words";
import { Copy, Link } from "./basics";
import { Icon } from "./icons";
import { Row, TextRow } from "./rows";

interface DetailsProps {
  view: View;
  ssh: SshDetails;
  /** They are of a connection that is gone, or newer ones are on their way. */
  stale: boolean;
}

/** What a user needs to connect. */
export function Details({ view, ssh, stale }: DetailsProps) {
  const { password, fingerprint, verified, verified_reason: reason } = ssh;
  return (
    <div
      class="cw-details"
      role="group"
      aria-label="Connection details"
      tabIndex={-1}
      data-focus="connected"
      data-stale={stale}
    >
      <dl>
        <TextRow
          view={view}
          label="SSH command"
          hint="run it in a terminal on your computer"
          id="ssh-command"
          main
          copy="command"
          text={ssh.command}
        />
        {password === null ? (
          <Row label="Password">none, your key only</Row>
        ) : (
          <TextRow view={view} label="Password" id="password" text={password} secret />
        )}
        <Row label="Host key">
          <div>
            <code data-testid="fingerprint">{fingerprint}</code>{" "}
            <small class={verified ? "cw-good" : "cw-warn"} data-testid="verified">
              <Icon name={verified ? "done" : "caution"} />
              {verified ? "verified through the tunnel" : joined(": ", "not verified", reason)}
            </small>
          </div>
          <Copy view={view} id="copy-fingerprint" what="Host key" text={() => fingerprint} />
        </Row>
      </dl>
      <div class="cw-line-up cw-extras">
        <Link url={ssh.vscode_url} schemes={/^vscode(-insiders)?:/} id="vscode">
          Open in VS Code
        </Link>
        <Extra view={view} title="ssh config" id="ssh-config" copy="config" text={ssh.config} />
        <Extra view={view} title="known_hosts line" id="known-hosts" text={ssh.known_hosts} />
      </div>
    </div>
  );
}

interface ExtraProps {
  view: View;
  title: string;
  id: string;
  /** Names the copy button, where it is not named as the text is. */
  copy?: string;
  text: string;
}

/** A text that few people need, and its copy button, which works while the text is closed. */
const Extra = ({ view, title, id, copy = id, text }: ExtraProps) => (
  <div class="cw-extra">
    <details>
      <summary>{title}</summary>
      <pre tabIndex={0} data-testid={id}>
        {text}
      </pre>
    </details>
    <Copy view={view} id={`copy-${copy}`} what={title} text={() => text} />
  </div>
);
