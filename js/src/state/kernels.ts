/** Kernels that speak in this browser: one of the same name that began later has replaced another. */
import type { Kernel } from "../wire/protocol";

const CHANNEL = "colabwidget-kernels";

export interface Kernels {
  /** A message of this kernel has come. */
  note(kernel: Kernel): void;
  close(): void;
}

/**
 * Follows which kernel speaks to the other views of this browser.
 *
 * @param replaced called when the kernel that was noted last is no more
 */
export function watchKernels(replaced: () => void): Kernels {
  let known: Kernel | null = null;
  // Outputs may stand in frames; those of one origin hear each other.
  const channel = typeof BroadcastChannel === "function" ? new BroadcastChannel(CHANNEL) : null;
  if (channel) {
    channel.onmessage = ({ data }: MessageEvent<Partial<Kernel> | null>) => {
      const same = known?.place && known.place === data?.place;
      if (same && typeof data?.began === "number" && data.began > known!.began) replaced();
    };
  }
  return {
    note(kernel) {
      if (known?.place === kernel.place && known.began === kernel.began) return;
      known = kernel;
      if (kernel.place) channel?.postMessage(kernel);
    },
    close: () => channel?.close(),
  };
}
