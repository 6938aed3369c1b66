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

/** Red, green and blue of a colour as the browser writes it, from 0 to 255, and how far it covers. */
function channels(colour: string): number[] {
  const numbers = colour.replace(/^color\(\S+/, "").match(/[\d.]+(e-?\d+)?/g) ?? [];
  const [red = 255, green = 255, blue = 255, alpha = 1] = numbers.map(Number);
  const scale = colour.startsWith("color(") ? 255 : 1;
  return [red * scale, green * scale, blue * scale, alpha];
}

/** Whether a ground is dark. */
export function isDark(colour: string): boolean {
  const [red, green, blue] = channels(colour) as [number, number, number];
  return 0.3 * red + 0.59 * green + 0.11 * blue < 128;
}

/**
 * A colour as it is seen on an opaque ground. JupyterLab's text is translucent black or white, and
 * xterm.js, which draws such text reversed as well, takes no notice of that where it reckons contrast.
 */
export function opaque(colour: string, ground: string): string {
  const on = channels(ground);
  const [red, green, blue, alpha = 1] = channels(colour);
  const seen = [red, green, blue].map((value = 0, i) => {
    const mixed = Math.round(value * alpha + on[i]! * (1 - alpha));
    return mixed.toString(16).padStart(2, "0");
  });
  return `#${seen.join("")}`;
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
    const ground = style.backgroundColor;
    const [background, foreground] = [opaque(ground, ground), opaque(style.color, ground)];
    const now = `${background}/${foreground}/${forced.matches}`;
    if (now === before) return;
    before = now;
    const dark = isDark(ground);
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
