import { type ComponentChildren, h, type JSX } from "preact";
import type { View } from "../../state/view";

export type Tab = "terminal" | "vscode" | "desktop";

const TITLES: Record<Tab, string> = {
  terminal: "Terminal",
  vscode: "VS Code",
  desktop: "Desktop",
};

interface TabsProps {
  view: View;
  tabs: Tab[];
  chosen: Tab;
  /** What is to be said of a tab before it is chosen. */
  marks: Partial<Record<Tab, string>>;
}

/** The tabs, of which one is in the order of the Tab key; arrows, Home and End choose another. */
export function Tabs({ view, tabs, chosen, marks }: TabsProps) {
  const onKeyDown = (event: JSX.TargetedKeyboardEvent<HTMLElement>): void => {
    const at = tabs.indexOf(chosen);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = (to + tabs.length) % tabs.length;
    view.set({ tab: tabs[next]! });
    (event.currentTarget.children[next] as HTMLElement).focus();
  };
  return (
    <div class="cw-tabs" role="tablist" aria-label="Connect with" onKeyDown={onKeyDown}>
      {tabs.map((tab) => (
        <button
          key={tab}
          type="button"
          role="tab"
          id={`${view.id}-tab-${tab}`}
          data-testid={`tab-${tab}`}
          aria-selected={tab === chosen}
          aria-controls={tab === chosen ? `${view.id}-panel` : undefined}
          tabIndex={tab === chosen ? 0 : -1}
          onClick={() => view.set({ tab })}
        >
          {TITLES[tab]}
          {marks[tab] && <small data-mark={marks[tab]}> {marks[tab]}</small>}
        </button>
      ))}
    </div>
  );
}

interface PanelProps {
  view: View;
  chosen: Tab;
  children: ComponentChildren;
}

/** What the chosen tab shows. */
export const Panel = ({ view, chosen, children }: PanelProps) => (
  <div
    key={chosen}
    class="cw-panel"
    role="tabpanel"
    id={`${view.id}-panel`}
    aria-labelledby={`${view.id}-tab-${chosen}`}
    data-testid={`panel-${chosen}`}
  >
    {children}
  </div>
);
