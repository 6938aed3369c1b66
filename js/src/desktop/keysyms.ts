/** X11 keysyms above Latin-1 are Unicode with this bit (X Protocol, appendix A). */
const UNICODE = 0x0100_0000;
const RETURN = 0xff0d;
const TAB = 0xff09;

/** The X11 keysym that writes a letter. */
export const keysymOf = (letter: string): number => {
  const code = letter.codePointAt(0) ?? 0;
  if (letter === "\n") return RETURN;
  if (letter === "\t") return TAB;
  return code < 0x100 ? code : UNICODE | code;
};
