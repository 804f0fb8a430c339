/** The comparison with the reference as an assertion, and how often it is made. */
import { expect } from "vitest";
import type { Graph } from "../../src/graph/ir.ts";
import { compareBits } from "./random-graphs.ts";
import { exactMark, variants } from "./variants.ts";

/** The variants by name, for titles: whether their dot products are the processor's or exact ones. */
export const variantNames: string = variants.map(({ engine }) => engine).join(", ");

/** How the kernels run in a comparison that left none out. */
const everyDescription: readonly string[] = [
  "wasm simd128 int8",
  "wasm relaxed simd int8",
  "wasm turbo relaxed simd int8",
].flatMap((name) => ["1 thread", "2 threads", "3 threads"].map((team) => `${name}, ${team}`));

/** Expects all variants of the kernels to have run, and to have the reference's bits. */
export async function expectSameBits(
  graph: Graph,
  seed: number,
  options: { readonly rounds?: number; readonly relative?: number } = {},
): Promise<void> {
  const { descriptions, differences } = await compareBits(graph, seed, options);
  expect(differences).toEqual([]);
  expect(descriptions.map((text) => text.replace(exactMark, ""))).toEqual(everyDescription);
}

/** How many times as many cases there are where `LONG` is set. */
const times = process.env["LONG"] ? 20 : 1;

/** Cases of a property. */
export function runs(count: number): { readonly numRuns: number } {
  return { numRuns: count * times };
}

/** Time for them. */
export const patience: { readonly timeout: number } = { timeout: 60_000 * times };
