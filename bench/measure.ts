/** Timing: run something many times and look at the distribution, not at one number. */
import { performance } from "node:perf_hooks";

/** Milliseconds of one call. */
export interface Timing {
  readonly least: number;
  /** The tenth percentile: what the machine does when it is not disturbed. */
  readonly p10: number;
  readonly median: number;
}

/** Times `runs` calls after `warmUps` untimed ones. */
export function measure(call: () => void, runs: number, warmUps: number): Timing {
  for (let i = 0; i < warmUps; i++) call();
  const times = Array.from({ length: runs }, () => {
    const start = performance.now();
    call();
    return performance.now() - start;
  }).sort((a, b) => a - b);
  const at = (fraction: number): number => times[Math.floor(fraction * (runs - 1))] as number;
  return { least: at(0), p10: at(0.1), median: at(0.5) };
}

/** The value of `--name` among the arguments. */
export function argument(name: string, fallback: string): string {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : (process.argv[at + 1] ?? fallback);
}
