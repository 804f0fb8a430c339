/**
 * The loss of segmenters against its definition (the layer that interpolates, then cross entropy of every
 * pixel) and against finite differences in double precision; masks that move with their pictures; what an
 * evaluation counts.
 */
import { describe, expect, it } from "vitest";
import { keepMasks } from "../../src/data/kept-masks.ts";
import type { ClassMask } from "../../src/data/samples.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { mobilenetV2 } from "../../src/models/mobilenet-v2.ts";
import { Random } from "../../src/random.ts";
import { segmentLogits } from "../../src/tasks/segmentation.ts";
import { moveMask } from "../../src/train/data/move-mask.ts";
import { resizeBilinearLayer } from "../../src/train/layers/resize-bilinear.ts";
import { medianFrequencyWeights } from "../../src/train/objectives/class-weights.ts";
import { segmentation } from "../../src/train/objectives/segmentation.ts";
import { type PlannedOperation, planTraining, type TrainingPlan } from "../../src/train/plan.ts";

/** A map's size: of the input, and of the logits. */
interface Sizes {
  readonly input: readonly [rows: number, columns: number];
  readonly stride: number;
  readonly classes: number;
}

/** A network of one convolution, whose logits are enlarged to the input where asked for. */
function planOf({ input, stride, classes }: Sizes, enlarged = false): TrainingPlan {
  const builder = new GraphBuilder("segmenter");
  const image = builder.input("image", [1, ...input, 3]);
  const scores = { name: "scores", input: image, kernel: stride, stride } as const;
  let logits = builder.conv2d(classes, { ...scores, padding: "same", activation: "none" });
  const way = { size: input, alignCorners: true, halfPixelCenters: false };
  if (enlarged) logits = builder.resizeBilinear("enlarged", logits, way);
  return planTraining(builder.build([logits]));
}

const sizes: readonly Sizes[] = [
  { input: [33, 33], stride: 16, classes: 3 },
  { input: [24, 37], stride: 8, classes: 11 },
  { input: [9, 8], stride: 1, classes: 2 },
  { input: [20, 7], stride: 16, classes: 5 },
];

function normal(count: number, spread: number, seed: number): Float64Array {
  const random = new Random(seed);
  return Float64Array.from({ length: count }, () => spread * random.normal());
}

/** Masks with a share of pixels that do not count, and rows of nothing else. */
function randomMask([rows, columns]: readonly number[], classes: number, seed: number): ClassMask {
  const random = new Random(seed, 1);
  const classMap = Uint8Array.from({ length: rows! * columns! }, (_, i) => {
    const ignored = random.uniform() < 0.2 || Math.floor(i / columns!) === 2;
    return ignored ? 255 : Math.floor(random.uniform() * classes);
  });
  return { width: columns!, height: rows!, classMap };
}

const labelOf = (mask: ClassMask) => ({
  label: { readMask: () => mask },
  name: "x",
  geometry: undefined,
});

/** The mean of the cross entropy over enlarged logits, by its definition, with its gradient. */
function plainLoss(
  logits: Float64Array,
  targets: readonly Uint8Array[],
  weights: readonly number[],
): { readonly loss: number; readonly gradient: Float64Array } {
  const classes = weights.length;
  const gradient = new Float64Array(logits.length);
  const labels = targets.flatMap((target) => [...target]);
  const all = labels.reduce((sum, label) => sum + (weights[label] ?? 0), 0);
  let loss = 0;
  for (const [pixel, label] of labels.entries()) {
    if (label === 255) continue;
    const values = logits.subarray(pixel * classes, (pixel + 1) * classes);
    const most = Math.max(...values);
    const sum = values.reduce((total, value) => total + Math.exp(value - most), 0);
    const weight = weights[label]! / all;
    loss -= weight * (values[label]! - most - Math.log(sum));
    for (let c = 0; c < classes; c++) {
      const probability = Math.exp(values[c]! - most) / sum;
      gradient[pixel * classes + c] = weight * (probability - (c === label ? 1 : 0));
    }
  }
  return { loss, gradient };
}

describe.each(sizes)("the loss of $classes classes at $input, a logit in $stride", (size) => {
  const plan = planOf(size);
  const { classes } = size;
  const weights = Array.from({ length: classes }, (_, c) => 0.5 + c);
  const objective = segmentation({ classWeights: weights }).prepare(plan);
  const values = plan.outputs[0]!.shape.reduce((a, b) => a * b);

  async function batchOf(spread: number) {
    const masks = [3, 4].map((seed) => randomMask(size.input, classes, seed));
    const targets = await Promise.all(masks.map((mask) => objective.target(labelOf(mask))));
    return { logits: normal(2 * values, spread, 5), targets };
  }

  // Logits of 2000 are beyond what any double's exponential holds.
  it.each([1, 40, 2000])("is that of enlarged logits, whose spread is %d", async (spread) => {
    const { logits, targets } = await batchOf(spread);
    const gradient = new Float64Array(2 * values).fill(7);
    const batch = { outputs: new Map([["scores", logits]]), targets };
    const loss = objective.loss(batch, new Map([["scores", gradient]]));
    expect(objective.loss(batch)).toBe(loss);

    const enlarged = planOf(size, true);
    const { layer, operation } = enlargement(enlarged);
    const pixels = 2 * size.input[0] * size.input[1] * classes;
    const output = new Float64Array(pixels);
    layer.forward(operation, { ...nothing, count: 2, inputs: [logits], output });
    const plain = plainLoss(output, targets, weights);
    const back = new Float64Array(2 * values);
    const gradients = { gradient: plain.gradient, inputGradients: [back] };
    layer.backward(operation, { ...nothing, count: 2, inputs: [logits], output, ...gradients });
    // Doubles of this size, added up over a thousand pixels.
    expect(Math.abs(loss - plain.loss)).toBeLessThan(1e-12 * Math.max(1, spread));
    for (const [i, slope] of gradient.entries())
      expect(Math.abs(slope - back[i]!)).toBeLessThan(1e-12);
  });

  it("has the gradient of finite differences", async () => {
    const { logits, targets } = await batchOf(2);
    const outputs = new Map([["scores", logits]]);
    const gradient = new Float64Array(2 * values);
    objective.loss({ outputs, targets }, new Map([["scores", gradient]]));
    const step = 1e-5;
    const random = new Random(8);
    for (let sample = 0; sample < 40; sample++) {
      const i = Math.floor(random.uniform() * logits.length);
      const value = logits[i]!;
      logits[i] = value + step;
      const above = objective.loss({ outputs, targets });
      logits[i] = value - step;
      const below = objective.loss({ outputs, targets });
      logits[i] = value;
      expect(Math.abs((above - below) / (2 * step) - gradient[i]!)).toBeLessThan(1e-9);
    }
  });

  it("takes for classes what segment finds", async () => {
    const { logits, targets } = await batchOf(3);
    const outputs = new Map([["scores", Float32Array.from(logits)]]);
    const sum = objective.evaluation();
    sum.add({ outputs, targets }, 1);
    const { confusion, meanIou, pixelAccuracy, classIou, samples } = sum.end();
    const [rows, columns] = [plan.outputs[0]!.shape[1], plan.outputs[0]!.shape[2]];
    const along = (length: number, of: number): Float64Array =>
      Float64Array.from({ length }, (_, i) => i * ((of - 1) / (length - 1)));
    const positions = { rows: along(size.input[0], rows), columns: along(size.input[1], columns) };
    const expected = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
    for (const n of [0, 1]) {
      const data = Float32Array.from(logits.subarray(n * values, (n + 1) * values));
      const { classMap } = segmentLogits({ data, rows, columns, classes }, positions);
      for (const [i, label] of targets[n]!.entries()) {
        if (label !== 255) expected[label]![classMap[i]!]! += 1;
      }
    }
    expect(confusion).toEqual(expected);
    const total = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0);
    const right = expected.map((row, c) => row[c]!);
    expect(pixelAccuracy).toBeCloseTo(total(right) / total(expected.flat()), 12);
    const ious = right.map((both, c) => {
      return both / (total(expected[c]!) + total(expected.map((row) => row[c]!)) - both);
    });
    expect(classIou).toEqual(ious);
    expect(meanIou).toBeCloseTo(total(ious) / classes, 12);
    expect(samples).toBe(2);
  });
});

/** What a layer without parameters does not ask for. */
const nothing = {
  ...{ ownStatistics: true, batchNormDecay: 0, dropout: 0, random: undefined, kept: {} },
  values: () => new Float64Array(),
  parameterGradient: () => new Float64Array(),
};

/** The layer that enlarges, and the plan's operation. */
function enlargement(plan: TrainingPlan) {
  const operation = plan.operations.at(-1) as PlannedOperation<"resizeBilinear">;
  return { layer: resizeBilinearLayer, operation };
}

describe("the loss of a segmenter", () => {
  const size = sizes[0]!;
  const plan = planOf(size);

  it("is 0 without a gradient where no pixel is judged", async () => {
    const objective = segmentation().prepare(plan);
    const mask = { width: 33, height: 33, classMap: new Uint8Array(33 * 33).fill(255) };
    const targets = [await objective.target(labelOf(mask))];
    const gradient = new Float32Array(27).fill(1);
    const batch = { outputs: new Map([["scores", new Float32Array(27).fill(2)]]), targets };
    expect(objective.loss(batch, new Map([["scores", gradient]]))).toBe(0);
    expect(gradient).toEqual(new Float32Array(27));
    const evaluation = objective.evaluation();
    evaluation.add(batch, 0);
    expect(evaluation.end()).toMatchObject({ loss: 0, meanIou: 0, samples: 1 });
  });

  it("is the mean over the judged pixels of all pictures, however they are batched", async () => {
    const objective = segmentation().prepare(plan);
    const masks = [3, 4, 5].map((seed) => randomMask(size.input, 3, seed));
    masks[1]!.classMap.fill(255, 0, 900);
    const targets = await Promise.all(masks.map((mask) => objective.target(labelOf(mask))));
    const logits = Float32Array.from(normal(81, 1, 3));
    const assess = (cuts: readonly number[]): number => {
      const evaluation = objective.evaluation();
      let from = 0;
      for (const to of cuts) {
        const outputs = new Map([["scores", logits.slice(from * 27, to * 27)]]);
        const batch = { outputs, targets: targets.slice(from, to) };
        evaluation.add(batch, objective.loss(batch));
        from = to;
      }
      return evaluation.end().loss;
    };
    expect(assess([1, 2, 3])).toBeCloseTo(assess([3]), 12);
    expect(assess([2, 3])).toBeCloseTo(assess([3]), 12);
  });

  it("refuses masks and networks that do not fit", async () => {
    const objective = segmentation({ ignore: 9 }).prepare(plan);
    const classMap = new Uint8Array(33 * 33);
    await expect(objective.target(labelOf({ width: 33, height: 32, classMap }))).rejects.toThrow(
      /the classes do not fill the mask.*33 x 32/,
    );
    classMap[40] = 9;
    await objective.target(labelOf({ width: 33, height: 33, classMap }));
    classMap[41] = 3;
    await expect(objective.target(labelOf({ width: 33, height: 33, classMap }))).rejects.toThrow(
      /class that the network lacks.*0 to 2, or 9/,
    );
    const small = { width: 16, height: 16, classMap: new Uint8Array(256) };
    await expect(objective.target(labelOf(small))).rejects.toThrow(/33 x 33.*16 x 16/);
    const classifier = planTraining(mobilenetV2({ width: 0.1, resolution: 32, classes: 3 }));
    expect(() => segmentation().prepare(classifier)).toThrow(/no segmenter/);
    expect(() => segmentation({ classWeights: [1, 2] }).prepare(plan)).toThrow(/3 weights/);
    expect(() => segmentation({ ignore: 256 })).toThrow(/ignore/);
  });
});

describe("a mask", () => {
  const mask = { width: 4, height: 2, classMap: Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7) };
  const move = (
    across: readonly number[],
    down: readonly number[],
    to: readonly number[],
  ): number[] => {
    const axis = ([scale, offset]: readonly number[]) => ({ scale: scale!, offset: offset! });
    const geometry = { across: axis(across), down: axis(down) };
    const [columns, rows] = to as [number, number];
    return [...moveMask(mask, { rows, columns, outside: 255, geometry, name: "x" })];
  };

  it("is mirrored, scaled and cut as its picture is", () => {
    expect(move([1, 0], [1, 0], [4, 2])).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(move([-1, 4], [1, 0], [4, 2])).toEqual([3, 2, 1, 0, 7, 6, 5, 4]);
    expect(move([2, 0], [1, 0], [8, 1])).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
    expect(move([1, -2], [1, -1], [2, 1])).toEqual([6, 7]);
    expect(move([-2, 6], [1, -1], [4, 1])).toEqual([6, 6, 5, 5]);
  });

  it("is not judged where the input shows what is not of the picture", () => {
    expect(move([1, 1], [1, 1], [6, 4])).toEqual(
      [255, 255, 255, 255, 255, 255].concat(
        [255, 0, 1, 2, 3, 255, 255, 4, 5, 6, 7, 255],
        [255, 255, 255, 255, 255, 255],
      ),
    );
  });

  it("is read once where there is room, and again where there is none", async () => {
    const read = [0, 0, 0];
    const labels = read.map((_, n) => ({
      readMask: () => {
        read[n]! += 1;
        return mask;
      },
    }));
    const kept = keepMasks(labels, { bytes: 17 });
    for (let epoch = 0; epoch < 3; epoch++) {
      for (const label of kept) expect(await label.readMask()).toBe(mask);
    }
    expect(read).toEqual([1, 1, 3]);
  });
});

describe("weights by the median of the frequencies", () => {
  it("are by hand", async () => {
    const masks = [
      { width: 4, height: 1, classMap: Uint8Array.of(0, 0, 0, 1) },
      { width: 4, height: 1, classMap: Uint8Array.of(0, 0, 2, 255) },
    ];
    // Frequencies: 5 of 7, 1 of 4, 1 of 3, and one that does not occur; their median is 1/3.
    const weights = await medianFrequencyWeights(masks, { classes: 4 });
    expect(weights.map((weight) => weight.toFixed(6))).toEqual([
      "0.466667",
      "1.333333",
      "1.000000",
      "1.000000",
    ]);
    await expect(medianFrequencyWeights(masks, { classes: 2 })).rejects.toThrow(/0 to 1.*2/);
    await expect(medianFrequencyWeights(7 as never, { classes: 2 })).rejects.toThrow(/masks/);
  });
});
