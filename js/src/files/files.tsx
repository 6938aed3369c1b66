import { h, render } from "preact";
import { droppedIn, type Ground, isOfFiles } from "../dom/drops";
import own from "../styles/files.css";
import { frame } from "../viewer/frame";
import { watchKernel } from "../viewer/kernel-watch";
import type { Bundle } from "../wire/bytes";
import { Download } from "./download";
import { type Item, itemsOf, itemsOfList } from "./dropped";
import { EMPTY, list } from "./listing";
import { Panel } from "./Panel";
import type { Place, Transfer } from "./transfer";
import { Upload } from "./upload";

/** Files to and from the session's folder. */
const files: Bundle = ({ model, el, waits }) => {
  const view = frame(el, "Files", own);
  view.root.classList.add("cws-files");
  const ground = el.closest<Ground>("[data-drops]") ?? (view.root as Ground);
  let listing = EMPTY;
  let transfers: Transfer[] = [];
  let found: number | null = null;
  let drawing = 0;
  let endListing = (): void => undefined;

  const draw = (): void => {
    drawing = 0;
    render(
      <Panel
        {...{ listing, transfers, found, choose, download }}
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
  const begin = (transfer: Transfer): void => {
    transfers = [transfer, ...transfers];
    draw();
    void transfer.run().then(() => {
      if (transfer.kind === "to") open(listing.path);
    });
  };
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
  const kernel = watchKernel(model, el, waits, view.kernel);
  draw();
  open([]);
  void take(ground.dropped?.splice(0) ?? []);
  return () => {
    for (const [name, hear] of hears) ground.removeEventListener(name, hear as EventListener, true);
    clearTimeout(drawing);
    endListing();
    kernel.close();
    for (const transfer of transfers) transfer.close();
    render(null, view.stage);
    view.close();
  };
};

export default files;
