/**
 * The character that a chord's key types, in lower case: by the layout where that is Latin, else by
 * the key's place; '' for keys that type none. Ctrl+C is the C of the layout, on Dvorak as on a
 * keyboard of Cyrillic letters, whose keys bear Latin ones as well.
 */
export function keyOf({ key, code }: KeyboardEvent): string {
  if (/^[\x21-\x7e]$/.test(key)) return key.toLowerCase();
  // Those of any other length are names: Enter, Dead.
  return /^Key[A-Z]$/.test(code) ? code.slice(3).toLowerCase() : "";
}

/** Whether it is Ctrl+Shift+. : some layouts type another sign with Shift, or have a letter there. */
export function leaves(event: KeyboardEvent): boolean {
  if (!event.ctrlKey || !event.shiftKey) return false;
  const key = keyOf(event);
  return key === "." || key === ">" || (event.code === "Period" && !/[a-z]/.test(key));
}
