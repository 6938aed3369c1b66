/** The files inside the card, as they are in the middle of what takes a real kernel. */
import { h, render } from "preact";
import type { Listing } from "../src/files/listing";
import { EMPTY } from "../src/files/listing";
import { Panel } from "../src/files/Panel";
import type { Phase, Transfer } from "../src/files/transfer";
import { Upload } from "../src/files/upload";
import own from "../src/styles/files.css";
import { frame } from "../src/viewer/frame";
import type { Bundle } from "../src/wire/bytes";
import { connected } from "./desktop-scenes";
import { FakeModel } from "./fake";
import { give } from "./inside";
import { type Scene, show } from "./scene";
import { details, DONE, state } from "./states";

interface Shown {
  listing?: Partial<Listing>;
  transfers?: Transfer[];
  found?: number;
}

/** An upload that stands still. */
class Still extends Upload {
  constructor(
    name: string,
    phase: Phase,
    private readonly share: number,
    note = "",
    private readonly existing = 0,
  ) {
    const file = new File([], name);
    const model = new FakeModel({});
    super([{ path: [name], file }], [], { model, changed: () => undefined });
    Object.assign(this, { phase, note, total: 1.2e9 });
  }

  override get done(): number {
    return this.share * 1.2e9;
  }

  override get conflicts(): number {
    return this.existing;
  }
}

const LISTING: Partial<Listing> = {
  folder: "/content",
  account: "colab",
  entries: [
    { name: "drive", kind: "folder", size: 0, modified: 0 },
    { name: "sample_data", kind: "folder", size: 0, modified: 0 },
    {
      name: "checkpoint-with-a-rather-long-name-of-its-own.ckpt",
      kind: "file",
      size: 1.2e9,
      modified: 0,
    },
    { name: "نتائج.csv", kind: "file", size: 48_200, modified: 0 },
    { name: "pipe", kind: "fifo", size: 0, modified: 0 },
  ],
  count: 5,
};
const nothing = (): void => undefined;
let shown: Shown = {};

const files: Bundle = ({ el }) => {
  const view = frame(el, "Files", own);
  view.root.classList.add("cws-files");
  view.button("Refresh", "Look again what is in this folder", nothing);
  const { listing, transfers = [], found = null } = shown;
  const acts = { choose: nothing, open: nothing, download: nothing, clear: nothing };
  const props = { listing: { ...EMPTY, ...listing }, transfers, found, where: "card", ...acts };
  render(h(Panel, props), view.stage);
  view.ready(true);
  return view.close;
};
give("files", files);

const scene = (of: () => Shown): Scene => ({
  messages: [state("connected", { ...connected, steps: DONE }), details()],
  async then(cell) {
    shown = of();
    await show(cell, "details-toggle");
    await show(cell, "open-files");
  },
});

export const FILES_SCENES: Record<string, Scene> = {
  "files-empty": scene(() => ({ listing: { folder: "/content", account: "colab" } })),
  "files-sending": scene(() => ({
    listing: LISTING,
    transfers: [
      new Still("dataset.tar", "running", 0.4),
      new Still("notes.txt", "done", 1, "1.2 GB"),
    ],
  })),
  "files-paused": scene(() => ({
    listing: LISTING,
    transfers: [new Still("dataset.tar", "paused", 0.4)],
    found: 1204,
  })),
  "files-asking": scene(() => ({
    listing: LISTING,
    transfers: [
      new Still("dataset.tar", "asking", 0, "", 1),
      new Still("12 files", "asking", 0.2, "", 7),
    ],
  })),
  "files-refused": scene(() => ({
    listing: {
      ...LISTING,
      path: ["private"],
      entries: [],
      count: 0,
      note: "This folder cannot be read: no permission.",
    },
    transfers: [
      new Still(
        "dataset.tar",
        "failed",
        0.4,
        "The disk is full: 1.2 GB are needed, 0.3 GB are free.",
      ),
      new Still("notes.txt", "cancelled", 0.1, "Cancelled"),
    ],
  })),
  "files-many": scene(() => ({
    listing: {
      ...LISTING,
      path: ["sample_data", "a folder with a long name", "2026"],
      count: 12_345,
    },
  })),
};
