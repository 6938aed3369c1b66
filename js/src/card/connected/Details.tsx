import { h } from "preact";
import type { View } from "../../state/view";
import type { Endpoint, SshDetails } from "../../wire/protocol";
import { DetailRow, TextDetailRow } from "./DetailRow";
import { Disclosure } from "./Disclosure";
import { Save } from "../ui/Save";
import { Copy, Link } from "../ui/basics";
import { counted, joined, megabytes } from "../ui/format";
import { Icon } from "../ui/icons";
import { Open } from "../session/Inside";
import { Install } from "./Install";
import { Invite } from "./Invite";
import { NewPasswords } from "./NewPasswords";
import { Tools } from "./Tools";

/** What the ssh config block calls the machine. */
const ALIAS = "colabwidget";

interface DetailsProps {
  view: View;
  ssh: SshDetails;
  endpoint: Endpoint;
  /** They are of a connection that is gone, or newer ones are on their way. */
  stale: boolean;
}

/** What has come through a tunnel whose provider counts it. */
function Use({ view: { state } }: { view: View }) {
  const { snapshot, providers } = state;
  if (!snapshot?.use) return null;
  const { connections, bytes } = snapshot.use;
  const provider = providers.find(({ name }) => name === snapshot.options?.tunnel);
  const number = `${counted(connections)} connection${connections === 1 ? "" : "s"}`;
  return (
    <DetailRow label="Use">
      <div>
        <span data-testid="use">{joined(", ", number, bytes !== null && megabytes(bytes))}</span>{" "}
        <small>of this session</small>
      </div>
      <Link url={provider?.metered?.usage_url ?? ""} id="usage">
        Your account
      </Link>
    </DetailRow>
  );
}

/** The details of SSH: command, password, keys and tools. */
export function Details({ view, ssh, endpoint, stale }: DetailsProps) {
  const { password, fingerprint, verified, verified_reason: reason, client, folder } = ssh;
  const rsa = ssh.rsa_fingerprint;
  const { jump, proxy } = endpoint;
  const config = () => ssh.config;
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
        {client && <Install view={view} client={client} />}
        <TextDetailRow
          view={view}
          label={client ? "2 SSH command" : "SSH command"}
          hint="run it in a terminal on your computer"
          id="ssh-command"
          main
          copy="command"
          text={ssh.command}
        />
        {jump && (
          <DetailRow label="Goes over">
            <div>
              <code data-testid="jump">{jump}</code>{" "}
              <small>which asks you to sign in there first</small>
            </div>
          </DetailRow>
        )}
        {password === null ? (
          <DetailRow label="Password">none, your key only</DetailRow>
        ) : (
          <TextDetailRow view={view} label="Password" id="password" text={password} secret />
        )}
        <DetailRow label="Host key">
          <div>
            <code data-testid="fingerprint">{fingerprint}</code>{" "}
            <small class={verified ? "cw-good" : "cw-warn"} data-testid="verified">
              <Icon name={verified ? "done" : "caution"} />
              {verified
                ? "verified by a sign-in through the tunnel"
                : joined(": ", "not verified", reason)}
            </small>
            {rsa && (
              <small>
                {" or, in programs without ED25519: "}
                <code data-testid="rsa-fingerprint">{rsa}</code>
              </small>
            )}
          </div>
          <Copy view={view} id="copy-fingerprint" what="Host key" text={() => fingerprint} />
        </DetailRow>
        <Use view={view} />
        {folder && (
          <DetailRow label="Starts in folder">
            <code data-testid="folder">{folder}</code>
          </DetailRow>
        )}
      </dl>
      {(ssh.notices ?? []).map((text) => (
        <p class="cw-hint cw-warn" key={text} data-testid="ssh-notice">
          <Icon name="caution" />
          {text}
        </p>
      ))}
      <div class="cw-line-up cw-extras">
        <Link url={ssh.vscode_url} schemes={/^vscode(-insiders)?:/} id="vscode">
          Open in VS Code
        </Link>
        <Open view={view} kind="terminal" />
        {password !== null && <NewPasswords view={view} />}
        <Invite view={view} />
        <Disclosure title="ssh config" id="ssh-config" text={ssh.config}>
          <Copy view={view} id="copy-config" what="ssh config" text={config} />
          <Save
            view={view}
            id="download-config"
            label="Download: ssh config"
            file="colabwidget.conf"
            text={config}
            otherwise="Copy it"
          >
            Download
          </Save>
        </Disclosure>
        <Disclosure
          title="Trust this machine (known_hosts)"
          id="known-hosts"
          text={ssh.known_hosts}
        >
          <Copy
            view={view}
            id="copy-known-hosts"
            what="known_hosts line"
            text={() => ssh.known_hosts}
          />
        </Disclosure>
        {(jump || proxy || ssh.vscode_url.includes(`+${ALIAS}`)) && (
          <p class="cw-hint">
            Open in VS Code works once the ssh config stands in ~/.ssh/config on your computer.
          </p>
        )}
        {ssh.tools.length > 0 && <Tools view={view} tools={ssh.tools} />}
      </div>
    </div>
  );
}
