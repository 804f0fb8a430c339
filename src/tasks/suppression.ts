/**
 * Non-maximum suppression: of many boxes around one object the most certain stays and those that
 * overlap it too much go. The published detector does so class by class, so that a person and the
 * tie on it both stay; the class-agnostic form lets each anchor speak for its best class only.
 */
import { boxArea, clipBoxes, intersectionOverUnion } from "./boxes.ts";

/** What the network said: boxes and the scores of every class for each of them. */
export interface ScoredBoxes {
  /** `[anchors, 4]` corners: ymin, xmin, ymax, xmax in fractions of the image. */
  readonly boxes: Float32Array;
  /** `[anchors, columns]`, 0 to 1. */
  readonly scores: Float32Array;
  readonly columns: number;
  /** The column of class 0: 1 where column 0 is the background. */
  readonly firstClass: number;
}

export interface SuppressionOptions {
  /** Only scores above this count. */
  readonly scoreThreshold: number;
  /** Whether scores that equal the threshold count too. Default: false. */
  readonly inclusive?: boolean | undefined;
  /** A box that overlaps a better one by more than this (0 to 1) goes. */
  readonly iouThreshold: number;
  /** The most boxes that stay, over all classes; one class may have them all. */
  readonly maxDetections: number;
  /** Suppress over all classes together, each box under its best class, and do not clip. */
  readonly classAgnostic?: boolean | undefined;
  /** Whether boxes are cut to the image first, where classes are suppressed for themselves. Default: true. */
  readonly clip?: boolean | undefined;
  /** The most boxes that stay of one class. Default: `maxDetections`. */
  readonly maxPerClass?: number | undefined;
  /** Consider these classes only. */
  readonly classes?: ReadonlySet<number> | undefined;
}

/** A box that stayed. */
export interface KeptBox {
  /** The row of `boxes` that it came from. */
  readonly anchor: number;
  /** The class, counted from `firstClass`. */
  readonly classIndex: number;
  readonly score: number;
  /** ymin, xmin, ymax, xmax; clipped to the image unless class-agnostic. */
  readonly box: readonly [ymin: number, xmin: number, ymax: number, xmax: number];
}

/** A score above the threshold. */
interface Candidate {
  readonly anchor: number;
  readonly classIndex: number;
  readonly score: number;
}

/**
 * The boxes that stay, best first; among equal scores the lower class, then the lower anchor leads.
 *
 * Class by class (the default) it repeats `multiclass_non_max_suppression` of the Object Detection
 * API: boxes are clipped to the image, those left without area go, and each class is suppressed for
 * itself. With `classAgnostic` it repeats the postprocessing of `@tensorflow-models/coco-ssd`.
 *
 * @example
 * ```ts
 * const boxes = Float32Array.of(0, 0, 0.5, 0.5, 0, 0, 0.5, 0.45); // two, nearly the same
 * const scores = Float32Array.of(0.75, 0.875); // of one class
 * const kept = suppress(
 *   { boxes, scores, columns: 1, firstClass: 0 },
 *   { scoreThreshold: 0.5, iouThreshold: 0.6, maxDetections: 100 },
 * );
 * kept.map(({ anchor }) => anchor); // [1]
 * ```
 */
export function suppress(scored: ScoredBoxes, options: SuppressionOptions): readonly KeptBox[] {
  const agnostic = options.classAgnostic === true;
  const boxes = agnostic || options.clip === false ? scored.boxes : clipBoxes(scored.boxes);
  const groups = agnostic
    ? [bestClassCandidates(scored, options)]
    : classCandidates(scored, boxes, options);
  return groups
    .flatMap((group) => suppressGroup(group, boxes, options))
    .sort((a, b) => b.score - a.score)
    .slice(0, options.maxDetections)
    .map((candidate) => ({ ...candidate, box: corners(boxes, candidate.anchor) }));
}

/** Scores above the threshold, one group for each class that has any. */
function classCandidates(
  { scores, columns, firstClass }: ScoredBoxes,
  boxes: Float32Array,
  options: SuppressionOptions,
): readonly (readonly Candidate[])[] {
  const { classes } = options;
  const counts = scoreTest(options);
  const groups = new Map<number, Candidate[]>();
  const anchors = boxes.length / 4;
  for (let anchor = 0; anchor < anchors; anchor++) {
    const row = anchor * columns;
    for (let column = firstClass; column < columns; column++) {
      const score = scores[row + column]!;
      if (!counts(score)) continue;
      const classIndex = column - firstClass;
      if (classes !== undefined && !classes.has(classIndex)) continue;
      if (boxArea(boxes, anchor) <= 0) break;
      const group = groups.get(classIndex);
      const candidate = { anchor, classIndex, score };
      if (group === undefined) groups.set(classIndex, [candidate]);
      else group.push(candidate);
    }
  }
  return [...groups].sort(([a], [b]) => a - b).map(([, group]) => group);
}

/** Each anchor under its best class, the lowest among equals, where that is above the threshold. */
function bestClassCandidates(
  { boxes, scores, columns, firstClass }: ScoredBoxes,
  options: SuppressionOptions,
): readonly Candidate[] {
  const { classes } = options;
  const counts = scoreTest(options);
  const candidates: Candidate[] = [];
  for (let anchor = 0; anchor < boxes.length / 4; anchor++) {
    const row = anchor * columns;
    let best = -1;
    for (let column = firstClass; column < columns; column++) {
      if (classes !== undefined && !classes.has(column - firstClass)) continue;
      if (best < 0 || scores[row + column]! > scores[row + best]!) best = column;
    }
    const score = best < 0 ? Number.NaN : scores[row + best]!;
    if (counts(score)) candidates.push({ anchor, classIndex: best - firstClass, score });
  }
  return candidates;
}

function scoreTest({ scoreThreshold, inclusive }: SuppressionOptions): (score: number) => boolean {
  return inclusive === true
    ? (score) => score >= scoreThreshold
    : (score) => score > scoreThreshold;
}

/** Greedy suppression: in order of score, a box stays unless it overlaps one that stayed. */
function suppressGroup(
  candidates: readonly Candidate[],
  boxes: Float32Array,
  { iouThreshold, maxDetections, maxPerClass = maxDetections, classAgnostic }: SuppressionOptions,
): readonly Candidate[] {
  const most = classAgnostic === true ? maxDetections : maxPerClass;
  const kept: Candidate[] = [];
  const ordered = [...candidates].sort((a, b) => b.score - a.score || a.anchor - b.anchor);
  for (const candidate of ordered) {
    if (kept.length >= most) break;
    const overlaps = kept.some(
      ({ anchor }) => intersectionOverUnion(boxes, candidate.anchor, anchor) > iouThreshold,
    );
    if (!overlaps) kept.push(candidate);
  }
  return kept;
}

function corners(boxes: Float32Array, anchor: number): KeptBox["box"] {
  const i = anchor * 4;
  return [boxes[i]!, boxes[i + 1]!, boxes[i + 2]!, boxes[i + 3]!];
}
