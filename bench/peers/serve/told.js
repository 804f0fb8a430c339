/** What the bench's own programs share: how they hear what to do, and how they say how long it took. */
import { quantile } from "../../../dist/timing.js";

/** The first message. */
export function told() {
  return new Promise((resolve) => process.once("message", resolve));
}

/** Percentiles of milliseconds. */
export function latencies(times) {
  if (times.length === 0) return { count: 0, p50: 0, p90: 0, p99: 0, max: 0 };
  const [p50, p90, p99, max] = [0.5, 0.9, 0.99, 1].map((p) => quantile(times, p));
  return { count: times.length, p50, p90, p99, max };
}
