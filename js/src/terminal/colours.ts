import type { ITheme } from "@xterm/xterm";

/** On a light ground, the usual colours cannot be read. */
const LIGHT: ITheme = {
  black: "#24292f",
  red: "#b3261e",
  green: "#0f7033",
  yellow: "#7a5700",
  blue: "#0b57d0",
  magenta: "#8430a5",
  cyan: "#0b6a75",
  white: "#57606a",
  brightBlack: "#57606a",
  brightRed: "#c4302b",
  brightGreen: "#147a3a",
  brightYellow: "#855f00",
  brightBlue: "#1a66d9",
  brightMagenta: "#9038b3",
  brightCyan: "#10757f",
  brightWhite: "#24292f",
};
const DARK: ITheme = {
  black: "#3a3f45",
  red: "#ff7b72",
  green: "#56d364",
  yellow: "#e3b341",
  blue: "#79b8ff",
  magenta: "#d2a8ff",
  cyan: "#56d4dd",
  white: "#d0d7de",
  brightBlack: "#9aa4af",
  brightRed: "#ffa198",
  brightGreen: "#7ee787",
  brightYellow: "#f2cc60",
  brightBlue: "#a5d6ff",
  brightMagenta: "#e2c5ff",
  brightCyan: "#8ae9f0",
  brightWhite: "#ffffff",
};

/** The red, green and blue of a colour as the browser writes it. */
const channels = (colour: string): number[] => (colour.match(/[\d.]+/g) ?? []).map(Number);

/** Whether a ground is dark. */
export function isDark(colour: string): boolean {
  const [red = 255, green = 255, blue = 255] = channels(colour);
  const scale = colour.startsWith("color(") ? 255 : 1;
  return (0.3 * red + 0.59 * green + 0.11 * blue) * scale < 128;
}

/** The notebook's colours, and how far text has to stand out from its ground. */
export interface Colours {
  theme: ITheme;
  dark: boolean;
  contrast: number;
}

const CONTRAST = 4.5;
const CONTRAST_FORCED = 7; // where the user has chosen colours for all pages

/** Calls `set` with the notebook's colours, now and whenever they change; returns what ends that. */
export function followColours(el: HTMLElement, set: (colours: Colours) => void): () => void {
  let before = "";
  let over = false;
  const forced = matchMedia("(forced-colors: active)");
  const look = (): void => {
    if (over) return;
    const style = getComputedStyle(el.querySelector(".cws") ?? el);
    const [background, foreground] = [style.backgroundColor, style.color];
    const now = `${background}/${foreground}/${forced.matches}`;
    if (now === before) return;
    before = now;
    const dark = isDark(background);
    const theme = {
      ...(dark ? DARK : LIGHT),
      background,
      foreground,
      cursor: foreground,
      cursorAccent: background,
      selectionBackground: dark ? "#3b5a82" : "#b5d3f7",
    };
    set({ theme, dark, contrast: forced.matches ? CONTRAST_FORCED : CONTRAST });
  };
  // Style sheets of a theme come after the attribute that names it.
  const watcher = new MutationObserver(() =>
    [0, 200, 800].forEach((late) => setTimeout(look, late)),
  );
  for (const each of [document.documentElement, document.body])
    watcher.observe(each, { attributes: true });
  const system = [matchMedia("(prefers-color-scheme: dark)"), forced];
  for (const each of system) each.addEventListener("change", look);
  look();
  return () => {
    over = true;
    watcher.disconnect();
    for (const each of system) each.removeEventListener("change", look);
  };
}
