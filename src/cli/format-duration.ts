/** Lengths of time as people say them. */

/**
 * Seconds in two units at most.
 *
 * @example
 * ```ts
 * formatDuration(5000); // "1 h 23 min"
 * ```
 */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  const [days, hours, minutes] = [86_400, 3600, 60].map((unit) => Math.floor(whole / unit));
  if (days! > 0) return `${days} d ${hours! % 24} h`;
  if (hours! > 0) return `${hours} h ${minutes! % 60} min`;
  return minutes! > 0 ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}
