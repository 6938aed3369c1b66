import { h } from "preact";
import type { Unsealed } from "../../state/seal";
import { currentDetails } from "../../state/store";
import type { View } from "../../state/view";
import { Box, Button, Line } from "../ui/basics";

const WHY: Record<Unsealed, string> = {
  page: "This page is not open over HTTPS,",
  browser: "This browser lacks what it takes,",
  kernel: "The kernel lacks the Python package cryptography,",
};

/** In the place of details that have not come; where they cannot be sealed, they take a click. */
export function Awaited({ view }: { view: View }) {
  const { unsealed, busy } = view.state;
  const shown = currentDetails(view.state);
  if (unsealed) {
    return (
      <Box id="unsealed">
        <strong>{shown ? "The connection details have changed" : "The connection is ready"}</strong>
        <span>
          {WHY[unsealed]} so the passwords cannot be encrypted for this page alone. Everyone who has
          this notebook open with the same kernel can receive them.
        </span>
        <Button id="show-details" onClick={view.showDetails}>
          {shown ? "Show the new details" : "Show details"}
        </Button>
      </Box>
    );
  }
  if (shown) return null;
  return (
    <Line id="details-awaited">
      {busy
        ? "The kernel is busy with a cell. It sends the connection details after that."
        : "Waiting for the connection details"}
    </Line>
  );
}
