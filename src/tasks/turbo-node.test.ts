/** What is said of turbo, on an engine that joins float32 kernels and not those of 8 bits. */
import { afterEach, describe, expect, it, vi } from "vitest";
import type { TurboState } from "../backends/wasm/turbo.ts";
import type { Graph } from "../graph/ir.ts";

const state = vi.hoisted((): { now: TurboState } => ({
  now: {
    enabled: true,
    kernels: {
      float32: { enabled: true },
      int8: { enabled: false, reason: "no dots" },
      training: { enabled: true },
    },
  },
}));
const partial = state.now;
vi.mock("../backends/wasm/turbo.ts", () => ({ enableTurbo: async () => state.now }));
vi.mock("../backends/wasm/int8/turbo.ts", () => ({
  // The comparison that the first 8-bit network brings finds a difference.
  checkedTurbo: async () => {
    const { kernels } = state.now;
    state.now = {
      ...state.now,
      kernels: { ...kernels, int8: { enabled: false, reason: "a bit differs" } },
    };
  },
}));

const graphOf = (quantized: boolean): Graph => {
  const quantization = { dtype: "uint8", scale: 1, zeroPoint: 0 } as const;
  return {
    name: "small",
    nodes: [
      {
        op: "input",
        name: "x",
        inputs: [],
        shape: [1, 1, 1, 1],
        ...(quantized && { quantization }),
      },
    ],
    outputs: ["x"],
    parameters: new Map(),
  } as unknown as Graph;
};
const partly = "turbo is on for float32 networks, training; off for 8-bit networks (no dots)";

afterEach(() => {
  state.now = partial;
  vi.resetModules();
  vi.unstubAllEnvs();
});

/** What is warned of, in order. */
async function start(
  calls: readonly { readonly wanted?: boolean; readonly graph?: Graph }[],
): Promise<readonly string[]> {
  const { startTurbo } = await import("./turbo-node.ts");
  const warnings: string[] = [];
  const warn = (message: string): void => void warnings.push(message);
  for (const { wanted = false, graph } of calls) await startTurbo(wanted, warn, graph);
  return warnings;
}

describe("what is said of turbo", () => {
  it("is nothing where nobody wants it", async () => {
    expect(await start([{}, { graph: graphOf(true) }])).toEqual([]);
  });

  it("is everything to whom asks for it, once", async () => {
    expect(await start([{ wanted: true }, { wanted: true }])).toEqual([partly]);
    state.now = {
      enabled: true,
      kernels: { ...partial.kernels, int8: { enabled: true } },
    };
    expect(await start([{ wanted: true }])).toEqual([
      "turbo is on for float32 networks, 8-bit networks, training",
    ]);
  });

  it("is, where the environment asks, what the network at hand lacks", async () => {
    vi.stubEnv("MOBILENETV2_TURBO", "1");
    expect(await start([{ graph: graphOf(false) }])).toEqual([]);
    expect(await start([{ graph: graphOf(true) }, { graph: graphOf(true) }])).toEqual([partly]);
    expect(await start([{}])).toEqual([partly]);
  });

  it("has what the comparison of the first 8-bit network finds", async () => {
    state.now = { enabled: true, kernels: { ...partial.kernels, int8: { enabled: true } } };
    vi.stubEnv("MOBILENETV2_TURBO", "1");
    expect(await start([{ graph: graphOf(false) }, { graph: graphOf(true) }])).toEqual([
      "turbo is on for float32 networks, training; off for 8-bit networks (a bit differs)",
    ]);
  });

  it.each(["yess", "true", "2"])("is refused where the environment says %s", async (said) => {
    vi.stubEnv("MOBILENETV2_TURBO", said);
    await expect(start([{}])).rejects.toThrow(`expected 1 for turbo, or 0, received "${said}"`);
  });

  it("is why it is off as a whole", async () => {
    const off = { enabled: false, reason: "this is no V8" };
    state.now = { ...off, kernels: { float32: off, int8: off, training: off } };
    expect(await start([{ wanted: true }])).toEqual(["turbo is off: this is no V8"]);
  });
});
