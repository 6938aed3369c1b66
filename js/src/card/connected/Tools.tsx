import { h } from "preact";
import type { View } from "../../state/view";
import type { Tool } from "../../wire/protocol";
import { DetailRow, words } from "./DetailRow";
import { Copy, Link } from "../ui/basics";

/** The schemes that a link to a program may have. */
const SCHEMES = /^(https|vscode|jetbrains-gateway):/;

interface ToolsProps {
  view: View;
  tools: Tool[];
}

/** Other programs that go the same way in. */
export const Tools = ({ view, tools }: ToolsProps) => (
  <details class="cw-tools" data-testid="more-ways">
    <summary>More apps (SFTP, PuTTY, JetBrains ...)</summary>
    <dl>
      {tools.map(({ name, title, text, url, note }) => (
        <DetailRow key={name} label={title}>
          <div>
            {text && <code data-testid={`tool-${name}`}>{words(text)}</code>}{" "}
            <Link url={url} schemes={SCHEMES} id={`open-${name}`}>
              Open {title}
            </Link>{" "}
            {note && <small>{note}</small>}
          </div>
          {text && <Copy view={view} id={`copy-tool-${name}`} what={title} text={() => text} />}
        </DetailRow>
      ))}
    </dl>
  </details>
);
