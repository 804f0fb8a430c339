/** One stored value: a byte; int8 values are stored with 128 added. */
import { TURBO } from "./turbo";

export const VALUE_BYTES: usize = 1;

/** Scratch memory's first bytes that belong to pointwise tiles. */
export const SEED_BYTES: usize = TURBO ? 96 : 0;

export function loadValue(address: usize): i32 {
  return load<u8>(address);
}

export function storeValue(address: usize, value: i32): void {
  store<u8>(address, <u8>value);
}

/** 8 values as 16-bit numbers. */
export function loadValues(address: usize): v128 {
  return v128.load_ext<u8>(address);
}

/** Stores 8 values, given as two times four 32-bit numbers. */
export function storeValues(address: usize, first: v128, last: v128): void {
  const values = i16x8.narrow_i32x4_s(first, last);
  v128.store64_lane(address, i8x16.narrow_i16x8_u(values, values), 0);
}
