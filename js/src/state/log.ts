import type { LogMessage } from "../wire/protocol";

/**
 * The lines of one journal, in order and each once.
 *
 * Messages may be lost, come twice or come late: only what continues the lines already here is
 * appended, and a gap shows as `next` below `end`.
 */
export class Log {
  readonly lines: string[] = [];
  epoch = "";
  /** Lines that the journal has, as far as is known. */
  end = 0;
  /** The serial of the message that brought this epoch: anything older is of a past journal. */
  #since = -1;

  /** Number in the journal of the first line that is not here yet. */
  next = 0;
  /** Number of the session's first line; those before are of sessions that have ended. */
  begin = 0;

  /** Begins with the session's first line; what is here of it is asked for again. */
  beginAt(begin: number): void {
    if (begin <= this.begin) return;
    this.begin = begin;
    this.lines.length = 0;
    this.next = begin;
  }

  /** Follows the journal of a message, by its name and length; older journals are ignored. */
  follow(epoch: string, serial: number, end: number): void {
    if (epoch === this.epoch) this.end = Math.max(this.end, end);
    // Where no backend is there, the lines of the last one stay: they may tell why.
    else if (epoch && serial > this.#since) {
      this.lines.length = this.next = this.begin = 0;
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
    for (const line of lines.slice(this.next - from)) this.lines.push(line);
    this.next = from + count;
    return true;
  }
}
