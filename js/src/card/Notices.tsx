import { Fragment, h } from "preact";
import type { View } from "../state/view";
import { Box, Button, Line, Link } from "./ui/basics";

/** Short lines about the place and the kernel. */
export function Notices({ view }: { view: View }) {
  const { host, noticeRead, slow, clicksWait, silent, answered } = view.state;
  return (
    <>
      {view.shown === "asking" && <Line id="asking">Asking the kernel</Line>}
      {view.shown === "dead" && <Line id="dead">Run this cell to connect.</Line>}
      {answered && silent && (
        <Line id="silent">No word from the kernel. Run this cell again if it was restarted.</Line>
      )}
      {slow && clicksWait && (
        <Line id="clicks-wait">The kernel is busy with a cell. It takes clicks between cells.</Line>
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
