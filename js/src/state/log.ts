import type { LogMessage } from "../wire/protocol";

/** Characters after which the journal cuts a line in two. */
const LINE_MAX = 16_384;

/** The time before a line, which the line's own control characters never reach; '' without one. */
export const stampOf = (line: string): string => /^\d\d:\d\d:\d\d /.exec(line)?.[0] ?? "";

/** Whether `line` is a part of a longer one that overwrites itself, as bars of progress do. */
const goesOn = (line: string): boolean =>
  line.length >= LINE_MAX && line.includes("\r") && [...line].length === LINE_MAX;

/**
 * The lines of one journal, in order and each once.
 *
 * Messages may be lost, come twice or come late: only what continues the lines already here is
 * appended, and a gap shows as `next` below `end`.
 */
export class Log {
  /** Lines as a terminal would show them: of a line that overwrites itself, only the end. */
  readonly lines: string[] = [];
  epoch = "";
  /** Lines that the journal has, as far as is known. */
  end = 0;
  /** The serial of the message that brought this epoch: anything older is of a past journal. */
  #since = -1;
  /** The last line goes on in the next one. */
  #cut = false;

  /** Number in the journal of the first line that is not here yet. */
  next = 0;
  /** Number of the session's first line; those before are of sessions that have ended. */
  begin = 0;

  /** Begins with the session's first line; what is here of it is asked for again. */
  beginAt(begin: number): void {
    if (begin <= this.begin) return;
    this.begin = begin;
    this.lines.length = 0;
    this.#cut = false;
    this.next = begin;
  }

  /** Follows the journal of a message, by its name and length; older journals are ignored. */
  follow(epoch: string, serial: number, end: number): void {
    if (epoch === this.epoch) this.end = Math.max(this.end, end);
    // Where no backend is there, the lines of the last one stay: they may tell why.
    else if (epoch && serial > this.#since) {
      this.lines.length = this.next = this.begin = 0;
      this.#cut = false;
      this.epoch = epoch;
      this.#since = serial;
      this.end = end;
    }
  }

  /** Appends the new lines of a message; returns whether there were any. */
  append({ epoch, serial, from, count, end, text }: LogMessage): boolean {
    this.follow(epoch, serial, end);
    const lines = text.split("\n");
    const fits = epoch === this.epoch && lines.length === count && from <= this.next;
    if (!fits || this.next >= from + count) return false;
    for (const line of lines.slice(this.next - from)) this.#add(line);
    return true;
  }

  #add(line: string): void {
    this.next++;
    if (this.#cut) {
      const before = this.lines.pop() ?? "";
      const kept = before.lastIndexOf("\r") + 1;
      this.lines.push((kept ? stampOf(before) : "") + before.slice(kept) + line);
    } else this.lines.push(line);
    this.#cut = goesOn(line);
  }
}
