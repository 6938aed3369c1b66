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

/** Bytes as 3.4 MB. */
export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** A number as 12,345. */
export const counted = (number: number): string => number.toLocaleString("en-US");

/** Bytes as 12.7 GB. */
export const gigabytes = (bytes: number): string =>
  `${(bytes / 1e9).toFixed(bytes < 100e9 ? 1 : 0).replace(/\.0$/, "")} GB`;

/** A share from 0 to 1 as 12 %. */
export const percent = (share: number): string => `${Math.round(100 * share)} %`;
