/** What was dropped or chosen: files with their paths, and folders that are empty. */

export interface Item {
  path: string[];
  /** Null for a folder with nothing in it. */
  file: File | null;
}

/** The files in what was dropped, with those of its folders. */
export async function itemsOf(
  dropped: (FileSystemEntry | File)[],
  told: (count: number) => void,
): Promise<Item[]> {
  const items: Item[] = [];
  const walk = async (entry: FileSystemEntry, above: string[]): Promise<void> => {
    const path = [...above, entry.name];
    if (entry.isFile) {
      const file = await new Promise<File>((resolve, reject) =>
        (entry as FileSystemFileEntry).file(resolve, reject),
      );
      items.push({ path, file });
      told(items.length);
      return;
    }
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    let any = false;
    for (;;) {
      // It gives a hundred or so at a time, and at last none.
      const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
        reader.readEntries(resolve, reject),
      );
      if (!some.length) break;
      any = true;
      for (const each of some) await walk(each, path);
    }
    if (!any) items.push({ path, file: null });
  };
  for (const each of dropped) {
    if (each instanceof File) items.push({ path: [each.name], file: each });
    else await walk(each, []);
  }
  return items;
}

/** The files that a dialogue gave; those of a folder have their paths. */
export const itemsOfList = (list: FileList | null): Item[] =>
  [...(list ?? [])].map((file) => ({
    path: file.webkitRelativePath ? file.webkitRelativePath.split("/") : [file.name],
    file,
  }));
