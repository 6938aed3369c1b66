/** What the view of a stream knows of its kernel, in a sentence that stays true. */
import { pageClock } from "../dom/clock";
import { watchKernels } from "../state/kernels";
import { type Lost, LOOK_AFTER, watchLiveness, watchLooks, whenHandled } from "../state/liveness";
import { watchFrontEnd } from "../wire/front-end";
import type { Model } from "../wire/model";
import { readAboutKernel } from "../wire/read";

export interface KernelWatch {
  /** Input waits for the kernel, or no longer does. */
  waiting(waits: boolean): void;
  /** Milliseconds after which input that the kernel has not taken is missed. */
  readonly patience: number;
  close(): void;
}

interface Known extends Lost {
  /** Input waits. */
  late?: boolean;
  /** The kernel has spoken since. */
  answered?: boolean;
}

/** @param waits the kernel hears its pages only between cells */
export function kernelWord({ gone, cut, silent, busy, late, answered }: Known, waits: boolean) {
  if (gone) return `Kernel ${gone}. What is shown here goes on: run this cell again to see it.`;
  if (cut) return "No connection to the notebook server. It goes on here once that is back.";
  if (silent && !busy)
    return waits
      ? "Kernel not responding: a cell keeps it busy, or you restarted it. Then run this cell again."
      : "Kernel not responding. If you restarted it, run this cell again.";
  if (!late) return "";
  if (busy || (waits && !answered)) return "Input waits for the running cell.";
  return answered
    ? "Input waits: what is shown here takes none at the moment."
    : "Input waits for the kernel.";
}

/**
 * Watches the kernel behind a stream: by what the notebook tells, by what other views of the page
 * hear, and by questions where input waits or where its user looks.
 *
 * @param waits the kernel hears its pages only between cells
 * @param tell gets a sentence, '' where there is nothing to say, and whether the kernel is no more
 */
export function watchKernel(
  model: Model,
  el: HTMLElement,
  waits: boolean,
  tell: (text: string, gone: boolean) => void,
): KernelWatch {
  let known: Known = {};
  let heardAt = -Infinity;
  let isNew = true;
  let told = "";
  const know = (news: Known): void => {
    known = { ...known, ...news };
    const text = kernelWord(known, waits);
    if (text === told) return;
    told = text;
    tell(text, !!known.gone);
  };
  const frontEnd = watchFrontEnd(model, el, () => liveness.look());
  const liveness = watchLiveness(
    pageClock,
    frontEnd,
    (handled) => {
      try {
        model.send({ type: "ready" }, whenHandled(handled));
      } catch {
        // A model whose kernel is gone may refuse; it is silent then.
      }
    },
    know,
  );
  const kernels = watchKernels(liveness.replaced);
  const ask = (): void => {
    if (!known.gone && pageClock.now() - heardAt > LOOK_AFTER) liveness.probe();
  };
  const endLooks = watchLooks(el, ask);
  const onMessage = (content: unknown): void => {
    const { kernel, pause } = readAboutKernel(content);
    heardAt = pageClock.now();
    if (kernel) kernels.note(kernel);
    if (known.late && kernel) know({ answered: true });
    if (pause) liveness.busyFor(pause);
    else liveness.heard();
    // Which kernel this is, it says when it is asked; one that input waits for is asked again.
    if (isNew) liveness.probe();
    else if (known.late) liveness.probeIn(LOOK_AFTER);
    isNew = false;
  };
  model.on("msg:custom", onMessage);
  return {
    patience: waits ? 1000 : 4000,
    waiting(late) {
      if (late === !!known.late) return;
      know({ late, answered: false });
      if (late && !known.gone) liveness.probe();
    },
    close() {
      model.off("msg:custom", onMessage);
      endLooks();
      for (const each of [liveness, frontEnd, kernels]) each.close();
    },
  };
}
