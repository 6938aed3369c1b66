import type { LogMessage } from "./protocol";

/**
 * The lines of one journal, in order and each once.
 *
 * Messages may be lost, come twice or come late: only what continues the lines already here is
 * taken, and a gap shows as `next` below `end`.
 */
export class Log {
  readonly lines: string[] = [];
  epoch = "";
  /** Lines that the journal has, as far as is known. */
  end = 0;
  /** The serial of the message that brought this epoch: anything older is of a past journal. */
  #since = -1;

  /** Index of the first line that is not here yet. */
  get next(): number {
    return this.lines.length;
  }

  /** Takes the journal's name and length from a message; older journals are left out. */
  follow(epoch: string, serial: number, end: number): void {
    if (epoch === this.epoch) this.end = Math.max(this.end, end);
    // Where no backend is there, the lines of the last one stay: they may tell why.
    else if (epoch && serial > this.#since) {
      this.lines.length = 0;
      this.epoch = epoch;
      this.#since = serial;
      this.end = end;
    }
  }

  /** Takes the new part of a message; returns whether there was any. */
  take({ epoch, serial, from, count, end, text }: LogMessage): boolean {
    this.follow(epoch, serial, end);
    const lines = text.split("\n");
    const fits = epoch === this.epoch && lines.length === count && from <= this.next;
    if (!fits || this.next >= from + count) return false;
    for (const line of lines.slice(this.next - from)) this.lines.push(line);
    return true;
  }
}
