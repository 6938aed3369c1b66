/** A file, or a folder as a zip, on its way to the browser. */
import { saveFile } from "../dom/files";
import { size } from "../card/ui/format";
import type { Answer, Link, Lost } from "./link";
import { Refused, Transfer, type Place } from "./transfer";
import { why } from "./words";

/** Bytes that are held in memory until the browser keeps them elsewhere. */
const BLOB = 8 * 1024 * 1024;

export class Download extends Transfer {
  #blobs: Blob[] = [];
  #pieces: Uint8Array<ArrayBuffer>[] = [];
  #waiting = 0;
  #received = 0;
  #read = 0; // bytes of a folder's files
  #isZip = false;
  #etag = "";
  #fileName = "";
  #finished: (error?: Error) => void = () => undefined;

  constructor(
    private readonly path: string[],
    name: string,
    place: Place,
  ) {
    super(name, "from", place);
  }

  override get done(): number {
    return this.#isZip ? this.#read : this.#received;
  }

  protected override work(link: Link): Promise<void> {
    link.send({ op: "get", path: this.path, at: this.#received, etag: this.#etag });
    return new Promise((resolve, reject) => {
      this.#finished = (error) => (error ? reject(error) : resolve());
    });
  }

  protected override onAnswer(answer: Answer): void {
    if (answer.type === "file") {
      if (answer.at !== this.#received) this.#forget();
      this.#etag = answer.etag;
      this.#fileName = answer.name;
      this.#isZip = answer.size === null;
      this.total = answer.size ?? answer.total;
      this.place.changed();
    } else if (answer.type === "read") {
      this.#read = answer.bytes;
      this.place.changed();
    } else if (answer.type === "failed") {
      this.#finished(new Refused(why(answer, this.account)));
    } else if (answer.type === "end") this.#save(answer.left_out);
  }

  protected override onData(bytes: Uint8Array<ArrayBuffer>): void {
    this.#pieces.push(bytes);
    this.#received += bytes.length;
    this.#waiting += bytes.length;
    if (this.#waiting >= BLOB) this.#pack();
    this.place.changed();
  }

  protected override onLost(_: Lost): void {
    // What has come stays, and the rest is asked for.
  }

  #pack(): void {
    this.#blobs.push(new Blob(this.#pieces));
    this.#pieces = [];
    this.#waiting = 0;
  }

  #forget(): void {
    this.#blobs = [];
    this.#pieces = [];
    this.#waiting = this.#received = this.#read = 0;
  }

  #save(leftOut: number): void {
    this.#pack();
    const came = saveFile(this.#fileName, new Blob(this.#blobs));
    const left = leftOut ? ` ${leftOut} of its entries are links or cannot be read: left out.` : "";
    const sandbox = came ? "" : " If it does not come, this page may save no files.";
    const note = `${size(this.#received)}, handed to the browser.${left}${sandbox}`;
    this.#blobs = [];
    this.link?.close();
    this.end("done", note);
    this.#finished();
  }
}
