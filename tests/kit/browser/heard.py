"""What a page's user would hear, measured before it reaches the sound card."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import BrowserContext, Page

# Whatever a page plays also goes to an analyser, in whichever frame it is.
TAP = """
(() => {
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (target, ...more) {
    if (target instanceof AudioDestinationNode) {
      const ear = (window.ear = this.context.createAnalyser());
      ear.fftSize = 32768;
      ear.smoothingTimeConstant = 0;
      connect.call(this, ear);
      const soon = (window.soon = this.context.createAnalyser());
      soon.fftSize = 1024;
      connect.call(this, soon);
    }
    return connect.call(this, target, ...more);
  };
})();
"""
# Frequency (Hz) and level of the strongest tone in the last 0.7 s; milliseconds without a sound.
LOUDEST = """() => {
  const { ear } = window;
  if (!ear) return { hertz: 0, level: 0, gap: 0 };
  const bins = new Float32Array(ear.frequencyBinCount);
  ear.getFloatFrequencyData(bins);
  const best = bins.indexOf(Math.max(...bins));
  const wave = new Float32Array(ear.fftSize);
  ear.getFloatTimeDomainData(wave);
  let gap = 0, run = 0, level = 0;
  for (const sample of wave) {
    run = Math.abs(sample) < 1e-4 ? run + 1 : 0;
    gap = Math.max(gap, run);
    level = Math.max(level, Math.abs(sample));
  }
  const rate = ear.context.sampleRate;
  return { hertz: best * rate / ear.fftSize, level, gap: gap / rate * 1000 };
}"""
# When, on the machine's clock, the first sound is heard from now on.
FIRST = """() => new Promise((resolve) => {
  const { soon } = window;
  const wave = new Float32Array(soon.fftSize);
  const look = () => {
    soon.getFloatTimeDomainData(wave);
    const at = wave.findIndex((sample) => Math.abs(sample) > 1e-3);
    if (at < 0) return setTimeout(look, 4);
    const ago = (wave.length - at) / soon.context.sampleRate;
    resolve((performance.timeOrigin + performance.now()) / 1000 - ago);
  };
  look();
})"""


def tap(context: BrowserContext) -> None:
    """Let pages that are opened from now on be listened to."""
    context.add_init_script(TAP)


def loudest(page: Page) -> dict[str, float]:
    """Return the frequency, level and longest gap (in ms) of the last 0.7 s."""
    found: dict[str, float] = page.evaluate(LOUDEST)
    return found


# Gaps of more than 5 ms in what is heard for so many milliseconds.
GAPS = """(milliseconds) => new Promise((resolve) => {
  const { ear } = window;
  const rate = ear.context.sampleRate;
  const wave = new Float32Array(ear.fftSize);
  const end = ear.context.currentTime + milliseconds / 1000;
  let before = ear.context.currentTime, run = 0, gaps = 0;
  const look = () => {
    const now = ear.context.currentTime;
    ear.getFloatTimeDomainData(wave);
    const fresh = Math.min(wave.length, Math.round((now - before) * rate));
    for (const sample of wave.subarray(wave.length - fresh)) {
      run = Math.abs(sample) < 1e-4 ? run + 1 : 0;
      if (run === Math.round(0.005 * rate)) gaps += 1;
    }
    before = now;
    if (now < end) setTimeout(look, 200);
    else resolve(gaps);
  };
  look();
})"""


def gaps(page: Page, seconds: float) -> int:
    """Count the gaps of more than 5 ms in what is heard from now on."""
    return int(page.evaluate(GAPS, seconds * 1000))


@contextmanager
def first_sound(page: Page) -> Iterator[Callable[[], float]]:
    """Listen from now on; the function returns when, in seconds as `time.time`, a sound began."""
    page.evaluate(f"() => {{ window.first = ({FIRST})(); }}")
    yield lambda: float(page.evaluate("() => window.first"))
