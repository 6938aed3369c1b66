/** Hands `text` to the browser as a file to keep; returns whether it will come for sure. */
export function saveFile(name: string, text: string): boolean {
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  const anchor = document.createElement("a");
  anchor.href = url;
  anchor.download = name;
  anchor.click();
  // The browser reads the address after this turn.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
  // A sandboxed frame may be forbidden to download, and gets no error.
  return globalThis.origin !== "null";
}
