/**
 * How far two engines' raw outputs are apart: floats relative to the largest value, codes in steps of the
 * output's scale, detections by boxes and scores, class maps by pixels.
 */

/** Values in an order of dimensions as a network of channels last has them, where a peer's come first. */
export function channelsLast({ shape, data }, [, rows, columns, channels]) {
  const [n, c, h, w] = shape;
  const isFirst = shape.length === 4 && c === channels && h === rows && w === columns;
  if (n !== 1 || !isFirst || rows * columns === 1 || channels === 1) return data;
  return data.map((_, i) => data[(i % channels) * rows * columns + Math.floor(i / channels)]);
}

/** The other way round, where the peer's input has its channels first. */
export function channelsFirst({ shape: [, rows, columns, channels], data }) {
  const pixels = rows * columns;
  return data.map((_, i) => data[(i % pixels) * channels + Math.floor(i / pixels)]);
}

/**
 * Compares one output. Probabilities change by up to twice the difference of their logits, relative to
 * themselves; those of a softmax tell their logits, but for a summand, so that these are compared too:
 * where one class is nearly certain, probabilities hide the others.
 *
 * @param ours - From `OwnNetwork`: values or codes, and logits where it ends in probabilities.
 * @param theirs - `{ shape, dtype, data }`.
 * @param tolerance - Of values, relative to the largest.
 */
export function compareOutput(ours, theirs, tolerance) {
  const values = channelsLast(theirs, ours.shape);
  if (ours.dtype !== "float32") return compareCodes(ours, { ...theirs, data: values });
  const largest = largestOf(ours.data);
  const difference = largestDifference(ours.data, values) / (largest || 1);
  if (ours.logits === undefined) return { kind: "values", difference, tolerance };
  const size = largestOf(ours.logits);
  const found = { kind: "values", difference, tolerance: 2 * tolerance * size };
  if (ours.ending !== "softmax" || ours.data.length === 1) return found;
  // Both the logit and the one that it is told from err, and the exponential by some roundings.
  const allowed = 2 * tolerance + 2 ** -20 / size;
  const apart = largestDifference(toldLogits(ours.data), toldLogits(values)) / size;
  return { ...found, logits: { difference: apart, tolerance: allowed } };
}

/** Logits less the largest; what is next to no probability is all the same. */
function toldLogits(probabilities) {
  const largest = largestOf(probabilities);
  return Float64Array.from(probabilities, (p) => Math.log(Math.max(p / largest, 1e-30)));
}

function largestDifference(a, b) {
  let largest = a.length === b.length ? 0 : Number.NaN;
  for (let i = 0; i < a.length; i++) {
    const apart = Math.abs(a[i] - b[i]);
    if (!(apart <= largest)) largest = apart;
  }
  return largest;
}

/** Codes of the other 8-bit type are 128 apart; real numbers count in steps of our scale. */
function compareCodes({ data, dtype, scale, zeroPoint, logits }, theirs) {
  const shift = theirs.dtype === dtype ? 0 : dtype === "int8" ? 128 : -128;
  const steps =
    theirs.dtype === "float32"
      ? (value, i) => Math.round(Math.abs((data[i] - zeroPoint) * scale - value) / scale)
      : (value, i) => Math.abs(data[i] - (value - shift));
  const counts = { equal: 0, step: 0, more: 0, largest: 0 };
  for (let i = 0; i < data.length; i++) {
    const apart = steps(theirs.data[i], i);
    counts[apart === 0 ? "equal" : apart === 1 ? "step" : "more"]++;
    counts.largest = Math.max(counts.largest, apart);
  }
  return { kind: "steps", ...counts, probabilities: logits !== undefined };
}

/** The share of pixels whose classes differ. */
export function compareClasses(classMap, theirs) {
  let differing = 0;
  for (let i = 0; i < classMap.length; i++) if (classMap[i] !== theirs.data[i]) differing++;
  return { kind: "pixels", share: differing / classMap.length };
}

/**
 * Detections of TFLite_Detection_PostProcess (boxes, classes, scores, their number): each with ours of
 * its class that lies nearest. `largest` are fractions of the picture, `score` the largest difference.
 */
export function compareDetections({ detections, width, height }, theirs, threshold) {
  const [boxes, classes, scores] = theirs.map(({ data }) => data);
  const certain = [...scores.keys()].filter((i) => scores[i] > threshold);
  const result = { kind: "detections", found: certain.length, box: 0, score: 0 };
  for (const i of certain) {
    const near = detections
      .filter(({ index }) => index === Math.round(classes[i]))
      .map(({ box, score }) => {
        const [y, x, bottom, right] = boxes.slice(4 * i, 4 * i + 4).map((at) => clip(at));
        const edges = [box.y / height - y, box.x / width - x];
        edges.push((box.y + box.height) / height - bottom, (box.x + box.width) / width - right);
        return { box: largestOf(edges), score: Math.abs(score - scores[i]) };
      })
      .sort((a, b) => a.box - b.box)[0] ?? { box: 1, score: 1 };
    result.box = Math.max(result.box, near.box);
    result.score = Math.max(result.score, near.score);
  }
  result.missing = certain.length - detections.filter(({ score }) => score > threshold).length;
  return result;
}

const clip = (value) => Math.min(1, Math.max(0, value));

/** The largest magnitude. */
export function largestOf(values) {
  let largest = 0;
  for (const value of values) if (!(Math.abs(value) <= largest)) largest = Math.abs(value);
  return largest;
}
