import { Fragment, h } from "preact";
import type { View } from "../../state/view";
import type { Client } from "../../wire/protocol";
import { TextDetailRow } from "./DetailRow";
import { Link } from "../ui/basics";

/** Systems, as `ways` call them, and how browsers' names for them begin. */
const SYSTEMS = [
  ["Windows", /^win/i],
  ["macOS", /^mac/i],
  ["Linux on ARM", /^linux (arm|aarch)/i],
  ["Linux", /^/],
] as const;

/** The system of the computer that shows this page. */
const here = (): string => SYSTEMS.find(([, begins]) => begins.test(navigator.platform))?.[0] ?? "";

interface InstallProps {
  view: View;
  client: Client;
}

/** The program that the user's computer needs: how to get it there, and on other systems. */
export function Install({ view, client: { name, ways, link } }: InstallProps) {
  const own = here();
  const [first, ...others] = [...ways].sort((a, b) => +(b.title === own) - +(a.title === own));
  return (
    <>
      {first && (
        <TextDetailRow
          view={view}
          label={`1 Install ${name}`}
          hint={`on your computer, once (${first.title})`}
          id="install"
          text={first.value}
        />
      )}
      <div class="cw-wide">
        <dt class="cw-hidden">Install {name} elsewhere</dt>
        <dd>
          <details data-testid="other-systems">
            <summary>{first ? "On another system" : `1 Install ${name}`}</summary>
            <dl>
              {others.map(({ title, value }) => (
                <TextDetailRow
                  key={title}
                  view={view}
                  label={title}
                  id={`install-${title.toLowerCase().replaceAll(" ", "-")}`}
                  text={value}
                />
              ))}
            </dl>
            <Link url={link}>More ways to install it</Link>
          </details>
        </dd>
      </div>
    </>
  );
}
