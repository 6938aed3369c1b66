import { focusedIn } from "./focus";

interface Policy {
  allowsFeature(name: string): boolean;
}

/**
 * Whether the page may try the Clipboard API. Chromium writes a violation into the console for each
 * try in a frame whose policy forbids it, and lets a page read that policy.
 */
export function mayUseClipboard(what: "read" | "write"): boolean {
  if (!navigator.clipboard?.[`${what}Text`]) return false;
  const { permissionsPolicy, featurePolicy } = document as Document &
    Partial<Record<"permissionsPolicy" | "featurePolicy", Policy>>;
  return (permissionsPolicy ?? featurePolicy)?.allowsFeature(`clipboard-${what}`) ?? true;
}

/**
 * Puts text on the clipboard; returns whether it worked.
 *
 * Colab shows outputs in frames of another origin where the Clipboard API may be denied: there the
 * text is selected in a hidden field and copied the old way.
 *
 * @param el an element of the page; the hidden field stands in it for a moment
 */
export async function copyText(text: string, el: HTMLElement): Promise<boolean> {
  if (!mayUseClipboard("write")) return copySelected(text, el);
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelected(text, el);
  }
}

function copySelected(text: string, el: HTMLElement): boolean {
  const focused = focusedIn(el);
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
