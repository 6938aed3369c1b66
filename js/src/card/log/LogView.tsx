import { Component, h } from "preact";
import { pageClock } from "../../dom/clock";
import type { View } from "../../state/view";
import { Button } from "../ui/basics";
import { counted } from "../ui/format";
import { LogSearch, toggleSearch } from "./LogSearch";
import { spans } from "./ansi";
import { Search } from "./search";

/** Height of a line, CSS pixels; the style sheet has the same. */
const LINE = 18;
/** Lines drawn beyond what is visible, so that a scroll does not show a void. */
const BEYOND = 8;
/** CSS pixels from the side at which a mark comes into sight. */
const ASIDE = 40;

/** The log: only the visible lines are in the page, so its length costs nothing. */
export class LogView extends Component<{ view: View }> {
  #frame = 0;
  #box: HTMLElement | null = null;
  /** It shows the end, and stays there when more comes. */
  #follows = true;
  /** Lines that were here when it stopped following. */
  #linesAtStop = 0;
  /** Columns of the longest line drawn so far, so that the view does not jump to and fro. */
  #widest = 0;
  /** A mark is to be brought into sight. */
  #jumped = false;
  #search = new Search(
    this.props.view.log,
    pageClock,
    (line) => this.#goTo(line),
    () => this.#scheduleDraw(),
  );

  override componentDidMount(): void {
    this.props.view.onLog = this.#scheduleDraw;
    this.#scheduleDraw();
  }

  override componentDidUpdate(): void {
    const box = this.#box;
    if (box && this.#follows) box.scrollTop = box.scrollHeight;
    if (!this.props.view.state.open["log-search"]) this.#search.setQuery("", 0);
    this.#search.searchMore();
    if (box && this.#jumped) this.#showMark(box);
  }

  override componentWillUnmount(): void {
    this.props.view.onLog = () => undefined;
    this.#search.close();
    cancelAnimationFrame(this.#frame);
  }

  #scheduleDraw = (): void => {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.setState({});
    });
  };

  #onScroll = (): void => {
    const box = this.#box;
    if (box) this.#follow(box.scrollHeight - box.scrollTop - box.clientHeight < LINE);
    this.#scheduleDraw();
  };

  #follow(follows: boolean): void {
    if (this.#follows && !follows) this.#linesAtStop = this.props.view.log.lines.length;
    this.#follows = follows;
  }

  #goTo(line: number): void {
    const box = this.#box;
    if (!box) return;
    this.#follow(false);
    const inside =
      box.scrollTop <= line * LINE && (line + 1) * LINE <= box.scrollTop + box.clientHeight;
    if (!inside) box.scrollTop = (line + 0.5) * LINE - box.clientHeight / 2;
    this.#jumped = true;
  }

  #showMark(box: HTMLElement): void {
    this.#jumped = false;
    const mark = box.querySelector("[aria-current] mark")?.getBoundingClientRect();
    if (!mark) return;
    const { left, right } = box.getBoundingClientRect();
    if (mark.left < left) box.scrollLeft += mark.left - left - ASIDE;
    if (mark.right > right) box.scrollLeft += mark.right - right + ASIDE;
  }

  #top = (): number => Math.ceil((this.#box?.scrollTop ?? 0) / LINE);

  #line(number: number, text: string) {
    const pieces = spans(text);
    const columns = pieces.reduce((sum, each) => sum + each.text.length, 0);
    this.#widest = Math.max(this.#widest, columns);
    const current = number === this.#search.line;
    return (
      <div key={number} aria-current={current || undefined}>
        {this.#search.marks(pieces).map(({ text, look, mark }) => {
          const piece = look ? <span style={look}>{text}</span> : text;
          return mark ? <mark>{piece}</mark> : piece;
        })}
      </div>
    );
  }

  override render() {
    const { view } = this.props;
    const { lines, next, end, begin } = view.log;
    const box = this.#box;
    const height = Math.max(box?.clientHeight ?? 0, LINE * 12);
    const most = Math.max(0, lines.length * LINE - height);
    const top = this.#follows ? most : Math.min(box?.scrollTop ?? 0, most);
    const first = Math.max(0, Math.floor(top / LINE) - BEYOND);
    const last = Math.ceil((top + height) / LINE) + BEYOND;
    const drawn = lines.slice(first, last).map((line, i) => this.#line(first + i, line));
    const more = lines.length - this.#linesAtStop;
    const count = counted(lines.length) + (next < end ? ` of ${counted(end - begin)}` : "");
    return (
      <div class="cw-logbox">
        {view.state.open["log-search"] && (
          <LogSearch view={view} search={this.#search} top={this.#top} />
        )}
        {/* Not read out line by line: the running step is, and the log can be walked through. */}
        <div
          class="cw-log"
          role="log"
          aria-live="off"
          aria-label="Log"
          tabIndex={0}
          data-testid="log"
          data-lines={lines.length}
          ref={(box) => void (this.#box = box)}
          onScroll={this.#onScroll}
          onKeyDown={(event) => {
            // The browser's own would find only what is drawn.
            if (event.key === "f" && (event.ctrlKey || event.metaKey)) {
              event.preventDefault();
              toggleSearch(view, true);
            }
          }}
        >
          <div
            style={{
              height: `${lines.length * LINE}px`,
              minWidth: `max(100%, ${this.#widest + 3}ch)`,
            }}
          >
            <div style={{ transform: `translateY(${first * LINE}px)` }}>{drawn}</div>
          </div>
        </div>
        <div class="cw-logfoot">
          <span class="cw-muted" data-testid="log-count">
            {count} {count === "1" ? "line" : "lines"}
          </span>
          {!this.#follows && (
            <Button id="log-follow" onClick={this.#resume}>
              {more > 0 ? `Follow (${counted(more)} new)` : "Follow"}
            </Button>
          )}
        </div>
      </div>
    );
  }

  #resume = (): void => {
    this.#follow(true);
    // The button goes.
    this.#box?.focus({ preventScroll: true });
    this.#scheduleDraw();
  };
}
