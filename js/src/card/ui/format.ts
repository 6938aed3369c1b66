/** Seconds as 0:07, or 1:02:07 past an hour. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (n: number): string => `${n}`.padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return `${hours ? `${hours}:${two(minutes)}` : minutes}:${two(whole % 60)}`;
}

/** Seconds in words, as far as one needs to know: 40 s, 12 min, 3 h 5 min. */
export function lasting(seconds: number): string {
  const minutes = Math.floor(Math.max(0, seconds) / 60);
  if (minutes < 1) return `${Math.floor(Math.max(0, seconds))} s`;
  const hours = Math.floor(minutes / 60);
  return joined(" ", hours > 0 && `${hours} h`, (minutes % 60 || !hours) && `${minutes % 60} min`);
}

/** The time of a step: 2.1 s below a minute, else as a duration. */
export const stepDuration = (seconds: number): string =>
  seconds < 60 ? `${seconds.toFixed(1)} s` : duration(seconds);

/** Milliseconds of the wall clock as 14:05. */
export const timeOfDay = (at: number): string =>
  new Date(at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });

/** The parts that there are, one after the other. */
export const joined = (between: string, ...parts: unknown[]): string =>
  parts.filter(Boolean).join(between);

const UNITS = ["bytes", "kB", "MB", "GB", "TB"];

/** Bytes as 3.4 MB, in units of a thousand. */
export function size(bytes: number): string {
  if (bytes === 1) return "1 byte";
  let unit = 0;
  let value = bytes;
  for (; value >= 999.5 && unit < UNITS.length - 1; unit++) value /= 1000;
  const digits = unit && value < 99.95 ? 1 : 0;
  return `${value.toFixed(digits).replace(/\.0$/, "")} ${UNITS[unit]}`;
}

/** A part of some bytes as 3.4 of 12.7 MB. */
export function sizeOf(part: number, whole: number): string {
  const all = size(whole);
  const unit = all.replace(/^.* /, " ");
  const some = size(part);
  return `${some.endsWith(unit) ? some.slice(0, -unit.length) : some} of ${all}`;
}

/** A number as 12,345. */
export const counted = (number: number): string => number.toLocaleString("en-US");

/** A share from 0 to 1 as 12 %. */
export const percent = (share: number): string => `${Math.round(100 * share)} %`;
