import { type ComponentChildren, h } from "preact";
import type { SshDetails } from "../protocol";
import type { View } from "../view";
import { Copy, Link, Show } from "./basics";

const MASK = "•".repeat(16);

interface RowProps {
  label: string;
  children: ComponentChildren;
}

const Row = ({ label, children }: RowProps) => (
  <div>
    <dt>{label}</dt>
    <dd>{children}</dd>
  </div>
);

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
        <Row label="SSH command">
          <code data-testid="ssh-command">{ssh.command}</code>
          <Copy view={view} id="copy-command" what="SSH command" text={() => ssh.command} />
        </Row>
        <Row label="Password">
          {password === null ? (
            <span>none, your key only</span>
          ) : (
            [
              <code data-testid="password">
                {view.state.open["show-password"] ? (
                  password
                ) : (
                  <span aria-label="hidden" role="img">
                    {MASK}
                  </span>
                )}
              </code>,
              <Show view={view} what="password" />,
              <Copy view={view} id="copy-password" what="password" text={() => password} />,
            ]
          )}
        </Row>
        <Row label="Host key">
          <span>
            <code data-testid="fingerprint">{fingerprint}</code>{" "}
            <span class={verified ? "cw-good" : "cw-warn"} data-testid="verified">
              {verified
                ? "verified through the tunnel"
                : ["not verified", reason].filter(Boolean).join(": ")}
            </span>
          </span>
          <Copy view={view} id="copy-fingerprint" what="host key" text={() => fingerprint} />
        </Row>
      </dl>
      <div class="cw-line-up">
        <Link url={ssh.vscode_url} schemes={/^vscode(-insiders)?:/} id="vscode">
          Open in VS Code
        </Link>
        <Extra view={view} title="ssh config" id="config" name="ssh-config" text={ssh.config} />
        <Extra
          view={view}
          title="known_hosts line"
          id="known-hosts"
          name="known-hosts"
          text={ssh.known_hosts}
        />
      </div>
    </div>
  );
}

interface ExtraProps {
  view: View;
  title: string;
  name: string;
  id: string;
  text: string;
}

/** A text that few people need, and its copy button, which works while the text is closed. */
const Extra = ({ view, title, name, id, text }: ExtraProps) => (
  <div class="cw-extra">
    <details>
      <summary>{title}</summary>
      <pre tabIndex={0} data-testid={name}>
        {text}
      </pre>
    </details>
    <Copy view={view} id={`copy-${id}`} what={title} text={() => text} />
  </div>
);
