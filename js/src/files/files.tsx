import { h, render } from "preact";
import { droppedIn, type Ground, isOfFiles } from "../dom/drops";
import own from "../styles/files.css";
import { frame } from "../viewer/frame";
import { watchKernel } from "../viewer/kernel-watch";
import type { Bundle } from "../wire/bytes";
import { readAboutKernel } from "../wire/read";
import { Download } from "./download";
import { type Item, itemsOf, itemsOfList } from "./dropped";
import { EMPTY, list } from "./listing";
import { Panel } from "./Panel";
import type { Place, Transfer } from "./transfer";
import { Upload } from "./upload";

/**
 * Transfers that their view has left unfinished, and the kernel that they were with, by a name that
 * outlives its restarts. All views of a page have this module in common.
 */
const left = new Map<Transfer, string>();

const GONE = "It stopped with the kernel. Run this cell again and open Files: it goes on there.";

/** Files to and from the session's folder. */
const files: Bundle = ({ model, el, waits }) => {
  const view = frame(el, "Files", own);
  view.root.classList.add("cws-files");
  const ground = el.closest<Ground>("[data-drops]") ?? (view.root as Ground);
  const where = ground.querySelector(".cw") ? "card" : "view";
  let listing = EMPTY;
  let transfers: Transfer[] = [];
  let kernelName = "";
  let gone = false;
  let found: number | null = null;
  let drawing = 0;
  let endListing = (): void => undefined;

  const draw = (): void => {
    drawing = 0;
    render(
      <Panel
        {...{ listing, transfers, found, choose, download, where }}
        open={open}
        clear={(transfer) => {
          transfers = transfers.filter((each) => each !== transfer);
          draw();
        }}
      />,
      view.stage,
    );
  };
  // A background page draws no frames, and is to show the end all the same.
  const changed = (): void => void (drawing ||= setTimeout(draw, 100));
  const place: Place = { model, changed };

  const open = (path: string[]): void => {
    endListing();
    endListing = list(model, path, (news) => {
      listing = news;
      view.ready(true);
      draw();
    });
  };
  const add = (transfer: Transfer, running: Promise<void>): void => {
    transfers = [transfer, ...transfers];
    draw();
    void running.then(() => {
      if (transfer.kind === "to" && transfer.isOver) open(listing.path);
    });
  };
  const begin = (transfer: Transfer): void => add(transfer, transfer.run());
  /** Takes over what an earlier view of the same kernel has left. */
  const takeOver = (name: string): void => {
    kernelName = name;
    for (const [transfer, of] of left) {
      if (of !== name || gone) continue;
      left.delete(transfer);
      if (!transfer.isOver) add(transfer, transfer.goOn(place));
    }
  };
  const leaveAll = (note: string): void => {
    for (const transfer of transfers) {
      if (transfer.isOver || left.has(transfer)) continue;
      transfer.leave(note);
      if (kernelName) left.set(transfer, kernelName);
    }
  };
  const onMessage = (content: unknown): void => {
    const { kernel } = readAboutKernel(content);
    if (kernel) takeOver(kernel.place);
  };
  model.on("msg:custom", onMessage);
  const send = (items: Item[]): void => {
    if (items.length) begin(new Upload(items, listing.path, place));
  };
  const take = async (dropped: (FileSystemEntry | File)[]): Promise<void> => {
    if (!dropped.length) return;
    found = 0;
    draw();
    try {
      const items = await itemsOf(dropped, (count) => {
        found = count;
        changed();
      });
      found = null;
      send(items);
    } catch {
      view.showNotice("What was dropped cannot be read.");
    }
    found = null;
    draw();
  };
  const choose = (folder: boolean): void => {
    const input = document.createElement("input");
    input.type = "file";
    input.multiple = true;
    input.webkitdirectory = folder;
    input.onchange = () => send(itemsOfList(input.files));
    input.click();
  };
  const download = (path: string[], name: string): void => begin(new Download(path, name, place));

  // Before those of the terminal and the desktop, and instead of the card's own.
  const onOver = (event: DragEvent): void => {
    if (!isOfFiles(event)) return;
    event.stopImmediatePropagation();
    event.dataTransfer!.dropEffect = "copy";
    view.root.dataset.over = "true";
  };
  const onLeave = ({ relatedTarget }: DragEvent): void => {
    if (!(relatedTarget instanceof Node && ground.contains(relatedTarget)))
      delete view.root.dataset.over;
  };
  const onDrop = (event: DragEvent): void => {
    if (!isOfFiles(event)) return;
    onOver(event);
    delete view.root.dataset.over;
    void take(droppedIn(event));
  };
  const hears = [
    ["dragover", onOver],
    ["dragleave", onLeave],
    ["drop", onDrop],
  ] as const;
  for (const [name, hear] of hears) ground.addEventListener(name, hear as EventListener, true);

  view.button("Refresh", "Look again what is in this folder", () => open(listing.path));
  const kernel = watchKernel(model, el, waits, (text, is) => {
    gone = is;
    // Nothing goes on without it, unlike a shell.
    view.kernel(gone ? `${text.split(".")[0]}. Run this cell again to move files.` : text, gone);
    if (gone) leaveAll(GONE);
  });
  draw();
  open([]);
  void take(ground.dropped?.splice(0) ?? []);
  return () => {
    for (const [name, hear] of hears) ground.removeEventListener(name, hear as EventListener, true);
    clearTimeout(drawing);
    endListing();
    kernel.close();
    model.off("msg:custom", onMessage);
    leaveAll("");
    render(null, view.stage);
    view.close();
  };
};

export default files;
