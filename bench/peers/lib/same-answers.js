/** How far raw outputs of one network are apart, and whether the answers made of them are the same. */
import { largestOf } from "./agreement.js";

/**
 * The largest difference over all outputs: of real numbers relative to the largest of its output, of
 * probabilities as they are, of 8 bits in steps where both have them.
 *
 * @param ends - The operation that each output is of.
 */
export function outputDifference(wanted, received, ends, { realValues }) {
  const found = { difference: 0, steps: undefined };
  for (const [i, own] of wanted.entries()) {
    const other = received[i];
    if (own.quantization !== undefined && other.quantization !== undefined) {
      const at = ({ quantization, data }) => data.map((code) => code - quantization.zeroPoint);
      const [a, b] = [own, other].map((each) =>
        at({ ...each, data: Float32Array.from(each.data) }),
      );
      found.steps = Math.max(found.steps ?? 0, largestOf(a.map((code, k) => code - b[k])));
    }
    const [a, b] = [realValues(own), realValues(other)];
    if (a.length !== b.length) throw new Error(`${b.length} values in place of ${a.length}`);
    const isProbability = ends[i] === "softmax" || ends[i] === "sigmoid";
    const size = isProbability ? 1 : largestOf(a) || 1;
    const difference = largestOf(a.map((value, k) => value - b[k])) / size;
    // A NaN is beyond everything.
    if (!(difference <= found.difference)) found.difference = difference;
  }
  return found;
}

/**
 * What two answers have in common, of how much: top classes, objects of one class at one place, pixels.
 *
 * @returns `[alike, all]`.
 */
export function alikeIn(task, a, b) {
  switch (task) {
    case "classify":
      return [a[0].index === b[0].index ? 1 : 0, 1];
    case "detect":
      return alikeObjects(a.detections, b.detections);
    default: {
      let alike = 0;
      for (let i = 0; i < a.classMap.length; i++) if (a.classMap[i] === b.classMap[i]) alike++;
      return [alike, a.classMap.length];
    }
  }
}

/** Objects with one of the same class that covers the same nine tenths; what either has alone is none. */
function alikeObjects(own, others) {
  const left = [...others];
  let alike = 0;
  for (const { index, box } of own) {
    const at = left.findIndex((other) => other.index === index && overlap(box, other.box) >= 0.9);
    if (at < 0) continue;
    left.splice(at, 1);
    alike++;
  }
  return [alike, own.length + left.length];
}

/** Intersection over union. */
function overlap(a, b) {
  const along = (start, size) =>
    Math.min(a[start] + a[size], b[start] + b[size]) - Math.max(a[start], b[start]);
  const shared = Math.max(0, along("x", "width")) * Math.max(0, along("y", "height"));
  return shared / (a.width * a.height + b.width * b.height - shared);
}
