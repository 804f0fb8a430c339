import { afterEach, describe, expect, it, vi } from "vitest";
import type { Backend } from "../backends/backend.ts";
import { referenceBackend } from "../backends/reference/reference.ts";
import { MobileNetError } from "../errors.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { prepareGraph } from "./backend-choice.ts";

const builder = new GraphBuilder("pool");
const input = builder.input("image", [1, 2, 2, 3]);
const graph = builder.build([builder.unary("globalAveragePool", "mean", input)]);

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("prepareGraph", () => {
  it("takes WebAssembly where it works, without a warning", async () => {
    const onWarning = vi.fn();
    const { executable, outputShapes } = await prepareGraph(graph, { onWarning });
    expect(executable.description).toContain("wasm");
    expect(outputShapes).toEqual([[1, 1, 1, 3]]);
    expect(onWarning).not.toHaveBeenCalled();
    executable.dispose();
  });

  it.each([
    ["is missing", undefined],
    [
      "is forbidden",
      {
        Module: class {
          constructor() {
            throw new EvalError("blocked by Content Security Policy");
          }
        },
      },
    ],
  ])("falls back on the reference and says so where WebAssembly %s", async (_, stub) => {
    vi.stubGlobal("WebAssembly", stub);
    const onWarning = vi.fn();
    const { executable } = await prepareGraph(graph, { onWarning });
    expect(executable.description).toContain("reference");
    expect(onWarning).toHaveBeenCalledExactlyOnceWith(expect.stringContaining("slower"));
  });

  it("uses the backend that is named or given", async () => {
    const named = await prepareGraph(graph, { backend: "reference" });
    expect(named.executable.description).toContain("reference");
    const prepare = vi.fn(referenceBackend.prepare);
    const own: Backend = { ...referenceBackend, prepare };
    await prepareGraph(graph, { backend: own, threads: 2 });
    expect(prepare).toHaveBeenCalledExactlyOnceWith(expect.anything(), { threads: 2 });
  });

  it("does not answer a want of memory with a backend that needs more", async () => {
    const onWarning = vi.fn();
    const large = new GraphBuilder("large");
    const image = large.input("image", [1, 40_000, 40_000, 3]);
    const prepared = prepareGraph(large.build([large.unary("globalAveragePool", "mean", image)]), {
      onWarning,
    });
    await expect(prepared).rejects.toMatchObject({
      code: "memory",
      remedy: expect.stringContaining("resolution"),
    });
    expect(onWarning).not.toHaveBeenCalled();
  });

  it("passes on the failure of a backend that was asked for", async () => {
    const prepare = async (): Promise<never> => {
      throw new MobileNetError("unsupported", "no such instruction");
    };
    const own: Backend = { ...referenceBackend, prepare };
    await expect(prepareGraph(graph, { backend: own })).rejects.toThrow(/no such instruction/);
  });

  it("refuses unknown backends and thread counts", async () => {
    const cuda = "cuda" as unknown as Backend;
    await expect(prepareGraph(graph, { backend: cuda })).rejects.toThrow(/received "cuda"/);
    await expect(prepareGraph(graph, { threads: 0 })).rejects.toThrow(/threads/);
  });
});
