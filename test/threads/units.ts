/** Work in units that last long enough, and helpers that do something else once they have taken one. */

import type { Graph } from "../../src/graph/ir.ts";
import { withRandomWeights } from "../../src/graph/random-weights.ts";

/** Whose kernels. */
export type Engine = "float32" | "int8" | "training";

/** Of the convolution; each is a unit. */
const rows = 40;

/**
 * What goes before the helpers' program: JavaScript by which the first unit that one takes, as the kernels
 * would, is followed by something else. `stuck[0]` is 1 from then on, and helpers do as usual.
 */
export function afterTakingUnit(engine: Engine, what: string): string {
  return `
    const { Instance } = WebAssembly;
    WebAssembly.Instance = function (module, imports) {
      const { memory } = imports.env;
      const words = new Int32Array(memory.buffer);
      const longs = new BigInt64Array(memory.buffer);
      // See parallel.ts in assembly/ and in assembly/train/.
      const takeUnit = (worker) => {
        const team = words[(worker >> 2) + 1];
        const state = Atomics.load(longs, team >> 3);
        const low = Number(state & 0xffffffffn);
        const free = ${
          engine === "training"
            ? "(low & 0xffff) < low >>> 16"
            : "state >> 24n === longs[(team >> 3) + 2] && (low & 0xffffff) < 8"
        };
        if (!free) return false;
        words[worker >> 2] = 1;
        const taken = Atomics.compareExchange(longs, team >> 3, state, state + 1n) === state;
        if (!taken) words[worker >> 2] = 0;
        return taken;
      };
      // And to end the last one of a phase; its values are there from the run before.
      const finishLate = (worker) => {
        const team = words[(worker >> 2) + 1];
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
        while (Atomics.load(words, (team >> 2) + 6) < ${rows - 1});
        Atomics.store(words, (team >> 2) + 6, 0);
        Atomics.store(longs, team >> 3, ((longs[team >> 3] >> 24n) + 1n) << 24n);
        words[worker >> 2] = 0;
      };
      const { exports } = new Instance(module, imports);
      const help = (program, worker) => {
        if (stuck[0] !== 0) return exports.help(program, worker);
        for (let tries = 0; tries < 1e5; tries++) {
          if (!takeUnit(worker)) continue;
          stuck[0] = 1;
          ${what};
        }
      };
      return { exports: { ...exports, help } };
    };`;
}

/** A convolution whose rows take long enough for a helper to come in time. */
export function convolution(engine: Engine): Graph {
  const [columns, channels] = [32, 64] as const;
  const float: Graph = {
    name: "convolution",
    nodes: [
      { op: "input", name: "x", inputs: [], shape: [1, rows, columns, channels] },
      {
        op: "conv2d",
        name: "y",
        inputs: ["x"],
        weights: "y/weights",
        bias: "y/bias",
        kernel: [3, 3],
        stride: 1,
        dilation: 1,
        padding: "same",
        activation: "none",
      },
    ],
    outputs: ["y"],
    parameters: new Map([
      ["y/weights", { shape: [3, 3, channels, channels] }],
      ["y/bias", { shape: [channels] }],
    ]),
  };
  if (engine === "float32") return withRandomWeights(float);
  const quantization = { dtype: "uint8", scale: 1, zeroPoint: 121 } as const;
  const data = Uint8Array.from({ length: 9 * channels * channels }, (_, i) => (i * 7919) % 251);
  const shape = [3, 3, channels, channels];
  return {
    ...float,
    nodes: float.nodes.map((node) => ({ ...node, quantization })),
    parameters: new Map([
      ["y/weights", { shape, data, quantization: { scales: [1 / 4096], zeroPoints: [120] } }],
      ["y/bias", { shape: [channels], data: new Int32Array(channels) }],
    ]),
  };
}
