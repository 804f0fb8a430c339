/** What Prometheus reads of the server, in a registry of its own. */
import type { ServerPackages } from "../disk/packages-node.ts";
import type { PoolState } from "./worker-pool.ts";

/** What is counted. */
export interface ServerMetrics {
  /** An answered request: its route as a pattern, and how long it took. */
  answered(labels: { readonly route: string; readonly status: number }, seconds: number): void;
  /** A picture that a worker has had, from its arrival there to the answer. */
  served(labels: { readonly verb: string; readonly model: string }, seconds: number): void;
  /** All figures as text, and the type of that. */
  read(): Promise<{ readonly text: string; readonly type: string }>;
}

/** Upper ends of the histograms, in seconds. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Makes the registry; the pool's figures are read when they are asked for. */
export function createMetrics(
  { Registry, Counter, Gauge, Histogram, collectDefaultMetrics }: ServerPackages["prometheus"],
  state: () => PoolState,
): ServerMetrics {
  const register = new Registry();
  const registers = [register];
  // Memory, processor time, collections of garbage, and how late the event loop is.
  collectDefaultMetrics({ register });
  const requests = new Counter({
    ...{ name: "mobilenetv2_requests_total", help: "Requests by route and status" },
    ...{ labelNames: ["route", "status"] as const, registers },
  });
  const duration = new Histogram({
    ...{ name: "mobilenetv2_request_duration_seconds", help: "From a request to its answer" },
    ...{ labelNames: ["route"] as const, buckets, registers },
  });
  const inference = new Histogram({
    name: "mobilenetv2_inference_duration_seconds",
    help: "What a worker needs for a picture, decoding included",
    ...{ labelNames: ["verb", "model"] as const, buckets, registers },
  });
  const gauges: readonly (readonly [name: keyof PoolState, metric: string, help: string])[] = [
    ["waiting", "mobilenetv2_queue_length", "Pictures that wait for a worker"],
    ["workers", "mobilenetv2_workers", "Workers that are ready"],
    ["busy", "mobilenetv2_workers_busy", "Workers that have a picture"],
    ["lost", "mobilenetv2_workers_lost", "Workers that died since the start"],
  ];
  for (const [field, name, help] of gauges) {
    new Gauge({
      ...{ name, help, registers },
      collect() {
        this.set(Number(state()[field]));
      },
    });
  }
  return {
    answered({ route, status }, seconds) {
      requests.inc({ route, status: `${status}` });
      duration.observe({ route }, seconds);
    },
    served: (labels, seconds) => inference.observe(labels, seconds),
    read: async () => ({ text: await register.metrics(), type: register.contentType }),
  };
}
