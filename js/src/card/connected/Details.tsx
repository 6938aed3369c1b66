import { Fragment, h } from "preact";
import type { View } from "../../state/view";
import type { Details as All, SshDetails } from "../../wire/protocol";
import { Save } from "../ui/Save";
import { Copy, Link, Row, Toggle } from "../ui/basics";
import { counted, joined, size } from "../ui/format";
import { Attach } from "./Attach";
import { DesktopRows } from "./Desktop";
import { DetailRow, RevealRow } from "./DetailRow";
import { Disclosure } from "./Disclosure";
import { Elsewhere } from "./Elsewhere";
import { Invitations, Invite } from "./Invite";
import { NewPasswords } from "./NewPasswords";
import { DesktopSwitch } from "../session/DesktopSwitch";
import { OpenHere } from "../session/Inside";
import { EDITOR } from "./Panels";
import { NeverClose, Present } from "./Present";
import { Tools } from "./Tools";

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
        <span data-testid="use">{joined(", ", number, bytes !== null && size(bytes))}</span>{" "}
        <small>of this session</small>
      </div>
      <Link url={provider?.metered?.usage_url ?? ""} id="usage">
        Your account
      </Link>
    </DetailRow>
  );
}

const REMOTE_SSH =
  "https://marketplace.visualstudio.com/items?itemName=ms-vscode-remote.remote-ssh";

interface DetailsProps {
  view: View;
  details: All;
  ssh: SshDetails;
}

/** What is rarely needed, one click away. */
export function Details({ view, details, ssh }: DetailsProps) {
  const { state } = view;
  const open = !!state.open.details;
  return (
    <>
      <p class="cw-line-up">
        <Toggle view={view} id="details-toggle" name="details" open={open}>
          {state.gone ? "Details" : "Details, files, in this notebook"}
        </Toggle>
      </p>
      <div class="cw-details" role="group" aria-label="Details" hidden={!open}>
        <OpenHere view={view} />
        {state.snapshot?.desktop.phase === "failed" && (
          <Row>
            <DesktopSwitch view={view} />
          </Row>
        )}
        <Rows view={view} details={details} ssh={ssh} />
        <Present view={view} />
        <Invitations view={view} details={details} ssh={ssh} />
      </div>
    </>
  );
}

const Rows = ({ view, details: { desktop }, ssh }: DetailsProps) => (
  <>
    <dl>
      {ssh.password !== null && <RevealRow view={view} label="Password" id="password" />}
      {ssh.rsa_fingerprint && (
        <DetailRow label="Host key (RSA)">
          <div>
            <code data-testid="rsa-fingerprint">{ssh.rsa_fingerprint}</code>{" "}
            <small>in programs without ED25519</small>
          </div>
        </DetailRow>
      )}
      {ssh.folder && (
        <DetailRow label="Starts in folder">
          <code data-testid="folder">{ssh.folder}</code>
        </DetailRow>
      )}
      {EDITOR.test(ssh.vscode_url) && (
        <DetailRow label="VS Code">
          <div>
            needs the extension <Link url={REMOTE_SSH}>Remote-SSH</Link>
          </div>
        </DetailRow>
      )}
      <Use view={view} />
      <NeverClose view={view} />
      {desktop && <DesktopRows view={view} details={desktop} />}
    </dl>
    <div class="cw-line-up cw-extras">
      {ssh.password !== null && <NewPasswords view={view} />}
      {!ssh.pairing && <Invite view={view} />}
      {ssh.config && (
        <>
          <Disclosure title="ssh config" id="ssh-config" text={ssh.config}>
            <Copy view={view} id="copy-config" what="ssh config" text={() => ssh.config} />
            <Save
              view={view}
              id="download-config"
              label="Download: ssh config"
              file="colabwidget.conf"
              text={() => ssh.config}
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
              what="Trust this machine (known_hosts)"
              text={() => ssh.known_hosts}
            />
          </Disclosure>
        </>
      )}
      {ssh.attaching && <Attach view={view} text={ssh.attaching} />}
      {ssh.client && <Elsewhere view={view} client={ssh.client} />}
      {ssh.tools.length > 0 && <Tools view={view} tools={ssh.tools} />}
    </div>
  </>
);
