import { Fragment, h } from "preact";
import { closesIn, closesSoon, type View } from "../../state/view";
import type { Presence } from "../../wire/protocol";
import { Box, Button, RequestButton, Row } from "../ui/basics";
import { duration, joined, lasting } from "../ui/format";
import { DetailRow } from "./DetailRow";

const KIND: Record<Presence["kind"], string> = {
  ssh: "SSH",
  terminal: "Terminal in a cell",
  desktop: "Desktop in a cell",
};

/** Seconds of idling from which on it is told. */
const IDLE = 60;

/** What is in, each with a button that ends it. */
export function Present({ view }: { view: View }) {
  const { snapshot, at } = view.state;
  const passed = (view.now() - at) / 1000;
  const present = snapshot?.present ?? [];
  if (!present.length) return null;
  return (
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
  );
}

/** How many are in, in a line; and what closes the session by itself. */
export function Standing({ view }: { view: View }) {
  const { snapshot, at } = view.state;
  const passed = (view.now() - at) / 1000;
  const { present = [], invitations = [] } = snapshot ?? {};
  const clients = present.filter(({ kind }) => kind === "ssh");
  const [first] = clients;
  const others = present.length - clients.length;
  const open = invitations.length;
  return (
    <>
      {(present.length > 0 || open > 0) && (
        <p class="cw-muted" data-testid="standing">
          {joined(
            " · ",
            first &&
              joined(
                " ",
                `${clients.length} signed in`,
                clients.length === 1 && first.address && `from ${first.address}`,
                clients.length === 1 && `for ${lasting(first.seconds + passed)}`,
              ),
            others > 0 && `${others} open in ${others === 1 ? "a cell" : "cells"}`,
            open > 0 && `${open} invitation${open === 1 ? "" : "s"}`,
          )}
        </p>
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
    silent > 0 && `silent for ${lasting(silent + passed)}`,
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
      <p class="cw-muted" data-testid="closing">
        {idle
          ? `Closes in ${lasting(left)} if no client signs in.`
          : `The session ends in ${lasting(left)}.`}
      </p>
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

/** Keeps open what would close by itself in a while; near its end that has a box of its own. */
export const NeverClose = ({ view }: { view: View }) =>
  view.state.snapshot?.closing && !closesSoon(view) ? (
    <DetailRow label="Closes by itself">
      <div>
        {view.state.snapshot.closing.reason === "idle"
          ? "when no client is in"
          : "when its time is over"}
      </div>
      <Never view={view} />
    </DetailRow>
  ) : null;

const Never = ({ view }: { view: View }) => (
  <RequestButton
    view={view}
    id="never-close"
    kind="keep_open"
    word="Do not close by itself"
    onClick={() => view.keepOpen(true)}
  />
);
