/** Files that are dropped on an element of the page. */

type Dropped = (FileSystemEntry | File)[];

/** An element that takes drops, with what nothing has taken off it yet. */
export type Ground = HTMLElement & { dropped?: Dropped };

/** Keeps a drag of files from the page, which would open them; returns whether it is one. */
export function isOfFiles(event: DragEvent): boolean {
  const is = !!event.dataTransfer?.types.includes("Files");
  if (is) event.preventDefault();
  return is;
}

/** What a drop holds; to be read while its event is handled. */
export const droppedIn = ({ dataTransfer }: DragEvent): Dropped =>
  [...dataTransfer!.items].flatMap(
    (item) => (item.kind === "file" && (item.webkitGetAsEntry?.() ?? item.getAsFile())) || [],
  );

/** Keeps what is dropped on `el` for what `run` opens, and finds it by `data-drops`. */
export function keepDrops(el: Ground, run: () => void): void {
  el.dataset.drops = "";
  el.ondragover = isOfFiles;
  el.ondrop = (event) => {
    if (!isOfFiles(event)) return;
    (el.dropped ??= []).push(...droppedIn(event));
    run();
  };
}
