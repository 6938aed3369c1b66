const FLASH = 150; // milliseconds
const PAUSE = 500; // more than two flashes a second may harm
const STILL = 1000;

/** Shows that a bell was rung: a flash, or a line where the user prefers reduced motion. */
export function bell(stage: HTMLElement): () => void {
  let silentUntil = 0;
  return () => {
    const now = performance.now();
    if (now < silentUntil) return;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    silentUntil = now + (still ? STILL : PAUSE);
    stage.classList.add("cws-flash");
    setTimeout(() => stage.classList.remove("cws-flash"), still ? STILL : FLASH);
  };
}
