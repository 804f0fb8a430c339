/**
 * From one interleaved run to what a reader wants: ratios of this library to each peer, and how they
 * stand to the project's goals.
 */
import { isOurs } from "../engines/registry.js";
import { pairwiseRatio } from "./statistics.js";

/**
 * Ratios of medians per round at equal thread counts: below 1, ours is faster. Eight bits may also
 * be held against a peer's float32, which answers the same question; not the other way round.
 */
export function compare(results) {
  const valid = results.filter(({ failure }) => failure === undefined);
  const [ours, peers] = [valid.filter(isOurs), valid.filter((result) => !isOurs(result))];
  return ours.flatMap((own) =>
    peers
      .filter((peer) => peer.threads === own.threads)
      .filter((peer) => peer.precision === own.precision || own.precision === "int8")
      .map((peer) => ({
        ours: own.id,
        peer: peer.id,
        threads: own.threads,
        precision: own.precision,
        peerPrecision: peer.precision,
        ratio: pairwiseRatio(own.roundMs, peer.roundMs),
      })),
  );
}

/** Goals as ratios in one interleaved run, and the cold start in ms. */
export const goals = [
  {
    figure: "to the fastest WASM peer",
    precision: "float32",
    threads: 1,
    turbo: false,
    goal: 0.65,
  },
  {
    figure: "to the fastest WASM peer",
    precision: "float32",
    threads: 2,
    turbo: false,
    goal: 0.55,
  },
  { figure: "to the fastest WASM peer", precision: "float32", threads: 1, turbo: true, goal: 0.38 },
  { figure: "first run after idleness, to one thread", threads: 2, turbo: false, goal: 0.8 },
  // Of Node: a page's start is mostly the browser's.
  ...["ours-node20", "ours-node24"].map((engine) => {
    return { figure: "cold start, ms", engine, threads: 1, turbo: false, goal: 100 };
  }),
  ...[1, 2].flatMap((threads) => [
    { ...ofBytes("ours-8bit-node24", "litert-chromium", "int8"), threads, goal: 0.55 },
    { ...ofBytes("ours-8bit-chromium", "litert-chromium", "int8"), threads, goal: 0.55 },
    { ...ofBytes("ours-8bit-node24-turbo", "onnxruntime-node", "int8"), threads, goal: 1 },
  ]),
  ...[1, 2].flatMap((threads) => [
    { ...ofBytes("ours-8bit-onnxruntime", "onnxruntime-node", "int8"), threads, goal: 1.05 },
    {
      ...ofBytes("ours-onnxruntime", "onnxruntime-node", "float32"),
      ...{ precision: "float32", threads, goal: 1.05 },
    },
  ]),
  { ...ofBytes("ours-8bit-node20", "litert-compat-chromium", "int8"), threads: 1, goal: 0.58 },
  { ...ofBytes("ours-8bit-node24", "onnxruntime-node", "float32"), threads: 1, goal: 0.9 },
];

/** A goal of one 8-bit participant to one peer, which may compute in float32. */
function ofBytes(engine, peer, peerPrecision) {
  const turbo = engine.endsWith("turbo");
  return {
    figure: `to ${peer}, ${peerPrecision}`,
    precision: "int8",
    engine,
    peer,
    peerPrecision,
    turbo,
  };
}

/** How each of our participants stands to each goal that applies to it. */
export function judge(results, ratios) {
  const valid = results.filter(({ failure }) => failure === undefined);
  const byId = new Map(valid.map((result) => [result.id, result]));
  const value = (goal, own) => {
    if (goal.peer !== undefined) {
      const pair = ratios.find(
        (r) =>
          r.ours === own.id &&
          r.peerPrecision === goal.peerPrecision &&
          byId.get(r.peer).engine === goal.peer,
      );
      return pair?.ratio.median;
    }
    if (goal.figure.startsWith("cold start")) return own.coldStartMs.median;
    if (goal.figure.startsWith("first run")) {
      const same = (r) => r.engine === own.engine && r.case === own.case && r.threads === 1;
      const single = valid.find(same);
      return single && pairwiseRatio(own.roundIdleMs, single.roundIdleMs).median;
    }
    // The fastest peer is the one with the largest ratio of ours to it.
    const wasm = new Set(valid.filter((result) => result.wasm).map(({ id }) => id));
    const against = ratios.filter(
      (r) => r.ours === own.id && wasm.has(r.peer) && r.precision === r.peerPrecision,
    );
    return against.length === 0 ? undefined : Math.max(...against.map((r) => r.ratio.median));
  };
  return goals.flatMap((goal) =>
    valid
      .filter((own) => isOurs(own) && own.threads === goal.threads)
      .filter((own) => goal.precision === undefined || own.precision === goal.precision)
      .filter((own) => own.engine.endsWith("turbo") === goal.turbo)
      .filter((own) => goal.engine === undefined || own.engine === goal.engine)
      .map((own) => ({ ours: own.id, figure: goal.figure, goal: goal.goal, is: value(goal, own) }))
      .filter(({ is }) => is !== undefined)
      .map((entry) => ({ ...entry, met: entry.is <= entry.goal })),
  );
}
