import { h } from "preact";
import type { View } from "../../state/view";
import { Box, Button, RequestButton, Row } from "../ui/basics";

/** Asks what becomes of open connections, and makes new passwords. */
export function NewPasswords({ view }: { view: View }) {
  if (!view.state.open["new-passwords"]) return null;
  const close = (): void => view.setOpen("new-passwords", false);
  const change = (end: boolean) => (): void => {
    view.changePasswords(end);
    close();
  };
  return (
    <Box id="change-passwords">
      <strong>Change the passwords?</strong>
      <span>Those of SSH and the desktop get new values; the old ones stop working at once.</span>
      <Row>
        <RequestButton
          view={view}
          id="change-keep"
          kind="change_passwords"
          word="Change"
          onClick={change(false)}
        />
        <RequestButton
          view={view}
          id="change-end"
          kind="change_passwords"
          word="Change, and end open SSH connections"
          onClick={change(true)}
        />
        <Button id="change-not" onClick={close}>
          Keep them
        </Button>
      </Row>
    </Box>
  );
}
