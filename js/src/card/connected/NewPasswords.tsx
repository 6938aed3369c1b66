import { Fragment, h } from "preact";
import type { View } from "../../state/view";
import { Box, Button, RequestButton, Row } from "../ui/basics";

/** A button that asks what becomes of open connections, and then makes new passwords. */
export function NewPasswords({ view }: { view: View }) {
  const open = !!view.state.open["new-passwords"];
  const setOpen = (on: boolean): void => view.setOpen("new-passwords", on);
  const change = (end: boolean) => (): void => {
    view.changePasswords(end);
    setOpen(false);
  };
  return (
    <>
      <Button id="new-passwords" aria-expanded={open} onClick={() => setOpen(!open)}>
        New passwords
      </Button>
      {open && (
        <Box id="change-passwords">
          <strong>Make new passwords?</strong>
          <span>For SSH and the desktop. The old ones stop working at once.</span>
          <Row>
            <RequestButton
              view={view}
              id="change-keep"
              kind="change_passwords"
              word="Make them"
              onClick={change(false)}
            />
            <RequestButton
              view={view}
              id="change-end"
              kind="change_passwords"
              word="Make them, end open connections"
              onClick={change(true)}
            />
            <Button id="change-not" onClick={() => setOpen(false)}>
              Keep the old ones
            </Button>
          </Row>
        </Box>
      )}
    </>
  );
}
