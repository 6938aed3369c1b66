import { Fragment, h } from "preact";
import { closesIn, closesSoon, type View } from "../../state/view";
import type { Presence } from "../../wire/protocol";
import { Box, Button, RequestButton, Row } from "../ui/basics";
import { duration, joined, lasting } from "../ui/format";

const KIND: Record<Presence["kind"], string> = {
  ssh: "SSH",
  terminal: "Terminal in a cell",
  desktop: "Desktop in a cell",
};

/** Seconds of idling from which on it is told. */
const IDLE = 60;

/** Who is in, each with a button that ends it; and what closes the session by itself. */
export function Present({ view }: { view: View }) {
  const { snapshot, at } = view.state;
  const passed = (view.now() - at) / 1000;
  const present = snapshot?.present ?? [];
  return (
    <>
      {present.length > 0 && (
        <div role="group" aria-label="Open connections" data-testid="present">
          <p class="cw-muted" aria-hidden="true">
            Open connections
          </p>
          <dl>
            {present.map((each) => (
              <div key={each.name}>
                <dt>{titleOf(each)}</dt>
                <dd>
                  <div>{described(each, passed)}</div>
                  <Button
                    id={`end-${each.kind}`}
                    aria-label={`End: ${joined(" ", titleOf(each), each.address)}`}
                    onClick={() => view.endPresence(each.name)}
                  >
                    End
                  </Button>
                </dd>
              </div>
            ))}
          </dl>
        </div>
      )}
      <Closing view={view} />
    </>
  );
}

const titleOf = ({ guest, kind }: Presence): string =>
  guest ? `Guest, ${KIND[kind]}` : KIND[kind];

function described(each: Presence, passed: number): string {
  const { kind, seconds, idle, silent, way, address, guest } = each;
  const idling = idle === null ? 0 : idle + passed;
  return joined(
    " · ",
    guest,
    kind === "ssh" && (address ? `from ${address}` : "through the tunnel"),
    `for ${lasting(seconds + passed)}`,
    idling >= IDLE && `idle ${lasting(idling)}`,
    silent > 0 && `not heard of for ${lasting(silent + passed)}`,
    way && `by ${way}`,
  );
}

/** When the session closes by itself; counted down near its end. */
function Closing({ view }: { view: View }) {
  const left = closesIn(view);
  const { closing } = view.state.snapshot ?? {};
  if (left === null || !closing) return null;
  const idle = closing.reason === "idle";
  if (!closesSoon(view)) {
    return (
      <div class="cw-line-up cw-muted" data-testid="closing">
        {idle
          ? `Closes in ${lasting(left)} if no client signs in.`
          : `The session ends in ${lasting(left)}.`}
        <Never view={view} />
      </div>
    );
  }
  return (
    <Box id="closing" role="alert">
      <strong>{idle ? "The connection is about to close" : "The session is about to end"}</strong>
      <span>
        {idle ? "No client is signed in. " : "Its time is over then. "}
        {"Closes in "}
        <span data-testid="closes-in" aria-hidden="true">
          {duration(left)}
        </span>
      </span>
      <Row>
        <RequestButton
          view={view}
          id="keep-open"
          kind="keep_open"
          word="Keep open"
          onClick={() => view.keepOpen(false)}
        />
        <Never view={view} />
      </Row>
    </Box>
  );
}

const Never = ({ view }: { view: View }) => (
  <RequestButton
    view={view}
    id="never-close"
    kind="keep_open"
    word="Do not close by itself"
    onClick={() => view.keepOpen(true)}
  />
);
