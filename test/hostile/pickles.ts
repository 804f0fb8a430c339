/** Pickles of protocol 2 written code by code, and what becomes of them in time. */
import { expect } from "vitest";
import { ByteReader } from "../../src/formats/pytorch/byte-reader.ts";
import { readPickle } from "../../src/formats/pytorch/pickle.ts";
import { checkpointMeaning } from "../../src/formats/pytorch/storages.ts";
import { expectOwnError } from "./values.ts";

/** Does something that may fail as the library fails, within moments. */
export async function expectSoon(work: () => unknown): Promise<void> {
  const start = performance.now();
  await expectOwnError(work, "hostile weights");
  expect(performance.now() - start).toBeLessThan(2000);
}

/** A pickle of protocol 2 from parts: texts as bytes, numbers as codes. */
export function pickle(...parts: readonly (string | number | readonly number[])[]): Uint8Array {
  const encoder = new TextEncoder();
  const bytes = parts.flatMap((part) =>
    typeof part === "string" ? [...encoder.encode(part)] : typeof part === "number" ? [part] : part,
  );
  return Uint8Array.from([0x80, 2].concat(bytes, 0x2e));
}

export function unpickled(bytes: Uint8Array): unknown {
  return readPickle(new ByteReader(bytes, "p"), checkpointMeaning("p"));
}

/** Many copies of codes. */
export const many = (count: number, ...codes: readonly number[]): readonly number[] =>
  Array.from({ length: count }, () => codes).flat();
