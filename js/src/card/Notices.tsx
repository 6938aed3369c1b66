import { Fragment, h } from "preact";
import { lostBy, rests } from "../state/store";
import type { View } from "../state/view";
import { Lost, lostWord } from "./Lost";
import { Box, Button, Line, Link } from "./ui/basics";

/** Short lines about the place and the kernel. */
export function Notices({ view }: { view: View }) {
  const { host, noticeRead, slow, clicksWait, busy, gone, snapshot, places = 1 } = view.state;
  return (
    <>
      {view.shown === "asking" && <Line id="asking">Asking the kernel</Line>}
      {view.shown === "dead" && (
        <Line id="dead">
          {view.state.snapshot && gone
            ? `${lostWord(view.state)}. Run this cell again to connect.`
            : "Run this cell to connect."}
        </Line>
      )}
      <Lost view={view} />
      {places > 1 && !lostBy(view.state) && (
        <Line id="places">
          {`This notebook is open in ${places} places. Each of them can use this kernel, see its output and ${rests(snapshot) ? "use a connection that is opened here" : "use this connection"}.`}
        </Line>
      )}
      {slow && (clicksWait || busy) && !lostBy(view.state) && (
        <Line id="clicks-wait">
          {busy
            ? "The kernel is busy with a cell. It takes clicks between cells."
            : "Waiting for the kernel, which takes clicks between cells."}
        </Line>
      )}
      {view.shown === "idle" && host?.notice && !noticeRead && (
        <Box id="notice">
          <span>{host.notice}</span>
          <Link url={host.notice_link}>Read more</Link>
          <Button id="notice-read" onClick={() => view.set({ noticeRead: true })}>
            Dismiss
          </Button>
        </Box>
      )}
    </>
  );
}
