import { Fragment, h } from "preact";
import type { Client } from "../protocol";
import type { View } from "../view";
import { Link } from "./basics";
import { TextRow } from "./rows";

/** The system of the computer that shows this page, as `ways` call it. */
const here = (): string => {
  const { platform } = navigator;
  return /^win/i.test(platform) ? "Windows" : /^mac/i.test(platform) ? "macOS" : "Linux";
};

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
        <TextRow
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
                <TextRow
                  key={title}
                  view={view}
                  label={title}
                  id={`install-${title.toLowerCase()}`}
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
