/**
 * One stored value: here a 16-bit difference from the zero point. assembly/int8-relaxed/ has bytes in
 * its place.
 */

export const VALUE_BYTES: usize = 2;

/** Scratch memory's first bytes that belong to pointwise tiles: only the turbo build's need any. */
export const SEED_BYTES: usize = 0;

export function loadValue(address: usize): i32 {
  return load<i16>(address);
}

export function storeValue(address: usize, value: i32): void {
  store<i16>(address, <i16>value);
}

/** 8 values as 16-bit numbers. */
export function loadValues(address: usize): v128 {
  return v128.load(address);
}

/** Stores 8 values, given as two times four 32-bit numbers. */
export function storeValues(address: usize, first: v128, last: v128): void {
  v128.store(address, i16x8.narrow_i32x4_s(first, last));
}
