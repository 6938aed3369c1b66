import { h } from "preact";
import { find } from "../../dom/focus";
import type { View } from "../../state/view";
import { Button } from "../ui/basics";
import { counted } from "../ui/format";
import type { Search } from "./search";

/** Opens the search box, or closes it; focus goes along. */
export function toggleSearch(view: View, open = !view.state.open["log-search"]): void {
  view.setOpen("log-search", open);
  // Once it is drawn.
  queueMicrotask(() => find(view.el, open ? "log-query" : "log-search")?.focus());
}

interface SearchProps {
  view: View;
  search: Search;
  /** The first line that is visible. */
  top: () => number;
}

/** Takes what to look for in the log, and from one place where it stands to the next. */
export function LogSearch({ view, search, top }: SearchProps) {
  const step = (by: number) => () => search.step(by);
  return (
    <div class="cw-line-up cw-search" role="search">
      <input
        class="cw-input"
        type="text"
        aria-label="Search the log"
        placeholder="Search the log"
        data-testid="log-query"
        data-focus="log-query"
        autocomplete="off"
        spellcheck={false}
        value={search.query}
        onInput={({ currentTarget }) => search.setQuery(currentTarget.value, top())}
        onKeyDown={({ key, shiftKey, isComposing }) => {
          if (key === "Enter" && !isComposing) search.step(shiftKey ? -1 : 1);
          if (key === "Escape") toggleSearch(view, false);
        }}
      />
      <span class="cw-muted" role="status" data-testid="log-found">
        {found(search)}
      </span>
      <Button id="log-previous" aria-label="Previous: search" onClick={step(-1)}>
        Previous
      </Button>
      <Button id="log-next" aria-label="Next: search" onClick={step(1)}>
        Next
      </Button>
      <Button
        id="log-search-close"
        aria-label="Close: search"
        onClick={() => toggleSearch(view, false)}
      >
        Close
      </Button>
    </div>
  );
}

function found({ query, found: { length }, at, whole }: Search): string {
  if (!query) return "";
  if (length) return `${counted(at + 1)} of ${counted(length)}`;
  return whole ? "Not found" : "Searching";
}
