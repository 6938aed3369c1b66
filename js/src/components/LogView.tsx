import { Component, h } from "preact";
import { spans } from "../ansi";
import type { View } from "../view";

/** Height of a line, CSS pixels; the style sheet has the same. */
const LINE = 18;
/** Lines drawn beyond what is visible, so that a scroll does not show a void. */
const BEYOND = 8;

/** The log: only the visible lines are in the page, so its length costs nothing. */
export class LogView extends Component<{ view: View }> {
  #frame = 0;
  #sticks = true;

  override componentDidMount(): void {
    this.props.view.onLog = this.#later;
    this.#later();
  }

  override componentDidUpdate(): void {
    const box = this.#box();
    if (box && this.#sticks) box.scrollTop = box.scrollHeight;
  }

  override componentWillUnmount(): void {
    this.props.view.onLog = () => undefined;
    cancelAnimationFrame(this.#frame);
  }

  #later = (): void => {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.setState({});
    });
  };

  #scrolled = (): void => {
    const box = this.#box();
    if (box) this.#sticks = box.scrollHeight - box.scrollTop - box.clientHeight < LINE;
    this.#later();
  };

  #box(): HTMLElement | null {
    return (this as { base?: HTMLElement }).base ?? null;
  }

  override render() {
    const { lines } = this.props.view.log;
    const box = this.#box();
    const height = Math.max(box?.clientHeight ?? 0, LINE * 12);
    const most = Math.max(0, lines.length * LINE - height);
    const top = this.#sticks ? most : Math.min(box?.scrollTop ?? 0, most);
    const first = Math.max(0, Math.floor(top / LINE) - BEYOND);
    const last = Math.ceil((top + height) / LINE) + BEYOND;
    return (
      // Not read out line by line: the running step is, and the log can be walked through.
      <div
        class="cw-log"
        role="log"
        aria-live="off"
        aria-label="Log"
        tabIndex={0}
        data-testid="log"
        data-lines={lines.length}
        onScroll={this.#scrolled}
      >
        <div style={{ height: `${lines.length * LINE}px` }}>
          <div style={{ transform: `translateY(${first * LINE}px)` }}>
            {lines.slice(first, last).map((line, i) => (
              <div key={first + i}>
                {spans(line).map(({ text, style }) => (
                  <span class={style}>{text}</span>
                ))}
              </div>
            ))}
          </div>
        </div>
      </div>
    );
  }
}
