/** What is said of files: names as they can be shown, and why something is not done. */
import { size } from "../card/ui/format";
import type { Answer } from "./link";

/** A name in which nothing hides: controls and marks of direction are spelled out. */
export const visible = (name: string): string =>
  name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (mark) =>
    mark === "\n" ? "\\n" : `\\u{${mark.codePointAt(0)!.toString(16)}}`,
  );

/** Why a file did not arrive, or was not fetched. */
export function why({ code, reason, needed, free }: Answer, account: string): string {
  if (code === "full")
    return needed
      ? `The disk has too little room: ${size(needed)} are needed, ${size(free)} are free.`
      : "The disk is full. What had come of the file was removed.";
  if (code === "denied") return `${account || "The account"} may not do that there: ${reason}`;
  if (code === "link") return "A link is on the way, and links are not followed.";
  if (code === "gone") return "It no longer exists.";
  if (code === "large") return "The file system takes no file of that size.";
  return reason || "It did not work.";
}
