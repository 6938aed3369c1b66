/** What is in the folder that the view shows. */
import type { Model } from "../wire/model";
import { type Entry, Link } from "./link";
import { why } from "./words";

export interface Listing {
  path: string[];
  account: string;
  /** Where the session begins; '' until that is known. */
  folder: string;
  entries: Entry[];
  /** Of all, also those that are not shown. */
  count: number;
  note: string;
}

export const EMPTY: Listing = {
  path: [],
  account: "",
  folder: "",
  entries: [],
  count: 0,
  note: "",
};

/**
 * Asks for a folder.
 *
 * @returns calls that off
 */
export function list(model: Model, path: string[], show: (listing: Listing) => void): () => void {
  const job = crypto.getRandomValues(new Uint32Array(4)).join("");
  let { account, folder } = EMPTY;
  const end = (listing: Partial<Listing>): void => {
    link.close();
    show({ ...EMPTY, path, account, folder, ...listing });
  };
  const link = new Link(model, job, {
    answer(answer) {
      if (answer.type === "hello") {
        ({ account, folder } = answer);
        link.send({ op: "list", path });
      } else if (answer.type === "entries") {
        end({ entries: answer.entries, count: answer.count });
      } else if (answer.type === "failed") end({ note: why(answer, account) });
    },
    lost({ failure }) {
      const text = failure ? `${failure.title} ${failure.cause}` : "The folder was not read.";
      end({ note: text });
    },
  });
  return () => link.close();
}
