/** The comparison with the reference as an assertion. */
import { expect } from "vitest";
import type { Graph } from "../../src/graph/ir.ts";
import { compareBits } from "./random-graphs.ts";

/** Expects every variant of the kernels that works here to have the reference's bits. */
export async function expectSameBits(graph: Graph, seed: number, rounds?: number): Promise<void> {
  const { differences } = await compareBits(graph, seed, rounds === undefined ? {} : { rounds });
  expect(differences).toEqual([]);
}
