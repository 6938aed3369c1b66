import { Component, h } from "preact";
import type { View } from "../../state/view";
import { Box, Button, Line, Row } from "../ui/basics";
import type { Fetched, Placed } from "./parts";

interface PartPlaceProps {
  view: View;
  fetched: Fetched;
}

/** The place of a part of the card; until that has come, it says so. */
export class PartPlace extends Component<PartPlaceProps> {
  #box: HTMLElement | null = null;
  #placed: Placed | null = null;

  override componentDidMount(): void {
    this.#draw();
  }

  override componentDidUpdate(): void {
    this.#draw();
  }

  override componentWillUnmount(): void {
    this.#placed?.end();
  }

  #draw(): void {
    const { view, fetched } = this.props;
    if (this.#box) this.#placed ??= fetched.part?.(view, this.#box) ?? null;
    this.#placed?.draw();
  }

  override render({ fetched }: PartPlaceProps) {
    const { part, trouble, retry } = fetched;
    if (part) return <div class="cw-part" ref={(box) => void (this.#box = box)} />;
    if (!trouble) return <Line id="part-loading">Loading the details</Line>;
    return (
      <Box id="part-failed" role="alert">
        <strong>The details could not be loaded</strong>
        <span>
          {trouble === "late"
            ? "The kernel has not sent this part of the card. It may be busy or gone."
            : "This page does not let the card load this part."}
        </span>
        <span>In a cell, colabwidget.connect() shows the details too.</span>
        <Row>
          <Button id="part-retry" onClick={retry}>
            Try again
          </Button>
        </Row>
      </Box>
    );
  }
}
