/**
 * Puts text on the clipboard; returns whether it worked.
 *
 * Colab shows outputs in frames of another origin where the Clipboard API may be denied: there the
 * text is selected in a hidden field and copied the old way.
 *
 * @param el an element of the page; the hidden field stands in it for a moment
 */
export async function copyText(text: string, el: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const focused = document.activeElement;
    const field = document.createElement("textarea");
    field.className = "cw-hidden";
    field.value = text;
    el.append(field);
    field.focus({ preventScroll: true });
    field.select();
    try {
      return document.execCommand("copy");
    } catch {
      return false;
    } finally {
      field.remove();
      (focused as HTMLElement | null)?.focus({ preventScroll: true });
    }
  }
}
