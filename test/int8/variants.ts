/**
 * Every variant of the 8-bit kernels on whatever engine is at hand: where relaxed dot products are not
 * there, or do not take unsigned bytes whole, their kernels run with exact ones (exact-dots.ts).
 */
import { bytes } from "../../src/backends/wasm/int8/bytes.ts";
import * as relaxedKernels from "../../src/backends/wasm/int8/kernels-relaxed.generated.ts";
import * as turboKernels from "../../src/backends/wasm/int8/kernels-turbo.generated.ts";
import { hasUnsignedDots } from "../../src/backends/wasm/int8/probe.ts";
import { turboBytes } from "../../src/backends/wasm/int8/turbo.ts";
import type { Variant } from "../../src/backends/wasm/int8/variant.ts";
import { words } from "../../src/backends/wasm/int8/words.ts";
import { moduleCompiler } from "../../src/backends/wasm/module.ts";
import { exactDots } from "./exact-dots.ts";

/** A module as the build writes it. */
export interface BuiltKernels {
  /** Base64. */
  readonly kernels: string;
  /** Where the byte lies that declares the memory. */
  readonly memoryFlagAt: number;
}

/** How the name of kernels with exact dot products goes on. */
export const exactMark: string = " with exact dot products";

/** The variant with these kernels, on this engine. */
export function runnable(variant: Variant, built: BuiltKernels): Variant {
  return hasUnsignedDots()
    ? { ...variant, compile: moduleCompiler(built.kernels, built.memoryFlagAt) }
    : exactVariant(variant, built);
}

/** The variant with these kernels and exact dot products. */
export function exactVariant(variant: Variant, built: BuiltKernels): Variant {
  const { kernels, memoryFlagAt } = exactKernels(built);
  return {
    ...variant,
    engine: `${variant.engine}${exactMark}`,
    compile: moduleCompiler(kernels, memoryFlagAt),
  };
}

/** The kernels with exact dot products. */
export function exactKernels({ kernels, memoryFlagAt }: BuiltKernels): BuiltKernels {
  const wasm = decode(kernels);
  const exact = exactDots(wasm);
  // The first section, the types, is longer by one; the memory's declaration is in the second.
  const behind = wasm.subarray(memoryFlagAt - 12, memoryFlagAt);
  const at = exact.findIndex((_, from) => behind.every((byte, i) => exact[from + i] === byte));
  return { kernels: encode(exact), memoryFlagAt: at + behind.length };
}

/** The bytes of a module. */
export function decode(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

function encode(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** All variants. */
export const variants: readonly Variant[] = [
  words,
  runnable(bytes, relaxedKernels),
  runnable(turboBytes, turboKernels),
];
