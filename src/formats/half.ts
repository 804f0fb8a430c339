/** Half-precision floats (IEEE 754 binary16), for which the oldest supported engines have no array. */

/** The greatest finite number. */
export const greatestHalf = 65_504;

const bits32 = new DataView(new ArrayBuffer(4));

/** The 16 bits of the nearest number, of two equally near the even one; beyond the greatest, infinity. */
function numberToHalf(value: number): number {
  bits32.setFloat32(0, value);
  const sign = (bits32.getUint32(0) >>> 16) & 0x8000;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (size >= 65_520) return sign | 0x7c00;
  // What lies between two neighbours is a fraction of the step between them.
  const exponent = Math.max(Math.floor(Math.log2(size || 2 ** -14)), -14);
  const step = 2 ** (exponent - 10);
  const steps = size / step;
  const below = Math.floor(steps);
  const rest = steps - below;
  const nearest = below + (rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? 1 : 0);
  // A whole number of steps carries into the exponent by itself.
  return sign | (nearest + (exponent + 14) * 0x400);
}

/** Numbers as halves, a place of 16 bits each. */
export function toHalves(values: ArrayLike<number>): Uint16Array<ArrayBuffer> {
  return Uint16Array.from(values, numberToHalf);
}

/** The number that 16 bits stand for. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0
    ? sign * fraction * 2 ** -24
    : sign * (0x400 + fraction) * 2 ** (exponent - 25);
}
