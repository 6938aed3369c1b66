/** C0 but for tabs and line ends, DEL, and C1. */
const CONTROLS = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g;

/**
 * Text of a clipboard as it may be handed on: control characters are pictures of themselves, so that
 * no part of it ends a paste, steers a terminal or hides from the reader. Tabs and line ends stay.
 */
export const harmless = (text: string): string =>
  text.replace(CONTROLS, (letter) => {
    const code = letter.charCodeAt(0);
    // Unicode has pictures of C0 and DEL, and none of C1.
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    return code === 0x7f ? "\u2421" : "\ufffd";
  });

/** How many lines a text has; one that ends with a line end has an empty one after it. */
export const linesOf = (text: string): number => text.split(/\r\n|\r|\n/).length;
