import { h } from "preact";
import { saveFile } from "../../dom/files";
import type { View } from "../../state/view";
import { Button } from "./basics";

/** Milliseconds for which advice is read. */
const READ = 6000;

interface SaveProps {
  view: View;
  id: string;
  /** For a screen reader. */
  label: string;
  file: string;
  text: () => string;
  /** The alternative where the browser saves no file. */
  otherwise: string;
  children: string;
}

/** Saves `text` as a file; where that may be forbidden, it says in its own place what else to do. */
export function Save({ view, id, label, file, text, otherwise, children }: SaveProps) {
  const { copied } = view.state;
  const word = copied?.id === id ? copied.text : children;
  const save = (): void => {
    if (saveFile(file, text())) return;
    const advice = { id, text: `No file? ${otherwise}` };
    view.set({ copied: advice });
    setTimeout(() => view.state.copied === advice && view.set({ copied: null }), READ);
  };
  return (
    <Button id={id} aria-label={word === children ? label : word} onClick={save}>
      {word}
    </Button>
  );
}
