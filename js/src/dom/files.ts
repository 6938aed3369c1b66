/** Hands a text or bytes to the browser as a file to keep; returns whether it will come for sure. */
export function saveFile(name: string, content: string | Blob): boolean {
  const blob = typeof content === "string" ? new Blob([content], { type: "text/plain" }) : content;
  const url = URL.createObjectURL(blob);
  const anchor = document.createElement("a");
  anchor.href = url;
  anchor.download = name;
  anchor.click();
  // The browser reads the address after this turn.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
  // A sandboxed frame may be forbidden to download, and gets no error.
  return globalThis.origin !== "null";
}
