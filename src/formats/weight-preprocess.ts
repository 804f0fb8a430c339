/**
 * How pictures become the input of weights that do not say it, and what of them is assumed: a record's
 * word, the caller's, a file's, else the convention of whose names the weights have.
 */
import type { Preprocess } from "../image/presets.ts";
import type { Assumption } from "../models/model.ts";
import { type Prepared, preparePictures, requireNoParts } from "./assume.ts";
import type { DetectedArchitecture } from "./detect-architecture.ts";
import type { SchemeRow } from "./naming-scheme.ts";
import { choosePreprocess, type ReadRequest } from "./request.ts";
import { taskConventions } from "./task-conventions.ts";
import type { WeightFacts } from "./weight-facts.ts";

/** All that is known about weights. */
export interface WeightSources {
  /** Whose names they have. */
  readonly row: SchemeRow;
  readonly request: ReadRequest;
  readonly facts: WeightFacts;
  readonly found: DetectedArchitecture;
}

type Resolution = readonly [rows: number, columns: number];

/** How pictures are prepared for an input of this size. */
export function weightPreprocess(
  { row, request, facts, found: { task } }: WeightSources,
  { resolution, channels }: { readonly resolution: Resolution; readonly channels: number },
): Prepared {
  const { options, published } = request;
  const said = options.preprocess === undefined ? facts.preprocess?.from : "the caller";
  const whole = published === undefined ? said : "the hub's record";
  if (whole !== undefined) requireNoParts(request, whole);
  const usualRange = row.convention.range;
  const known = { resolution, channels, usualRange, fit: taskConventions[task].fit };
  const prepared = preparePictures(known, request);
  const own = facts.preprocess && resized(facts.preprocess.value, resolution);
  const usual = prepared.preprocess;
  return {
    preprocess: choosePreprocess(request, { resolution, own, usual }),
    assumptions: whole === undefined ? prepared.assumptions : [],
    from: whole ?? prepared.from,
  };
}

/** A file's preset for an input of another size: what is cut away stays the same part. */
function resized(preprocess: Preprocess, [height, width]: Resolution): Preprocess {
  const { fit } = preprocess;
  if (preprocess.width === width && preprocess.height === height) return preprocess;
  if (fit.kind !== "resize-then-crop") return { ...preprocess, width, height };
  const grown = Math.max(width / preprocess.width, height / preprocess.height);
  const shortestEdge = Math.max(width, height, Math.round(fit.shortestEdge * grown));
  return { ...preprocess, width, height, fit: { kind: "resize-then-crop", shortestEdge } };
}

/** What nobody says about the network itself. */
export function unsaidOfNetwork(
  { row, request: { options }, facts, found }: WeightSources,
  settled: {
    readonly resolution: Resolution;
    readonly padding: "same" | "symmetric";
    readonly epsilon: number;
    readonly outputStride: number;
  },
  /** Whether there are batch norms: where they are folded, their ε is in the weights. */
  normalizes: boolean,
): readonly Assumption[] {
  const { task, classes, hidden } = found;
  const [rows, columns] = settled.resolution;
  const pads = settled.padding === "same" ? "TensorFlow" : "PyTorch";
  const sized = options.preprocess ?? facts.preprocess ?? facts.resolution;
  const whose = row.layout === "pytorch" ? `, as ${row.title} has it` : "";
  const said = {
    ...(sized === undefined ? { resolution: `the input is ${columns}×${rows}` } : {}),
    ...(task === "segment" ? { outputStride: `the output stride is ${settled.outputStride}` } : {}),
    padding: `convolutions pad as ${pads} does${whose}`,
    ...(normalizes ? { epsilon: `batch norm's ε is ${settled.epsilon}${whose}` } : {}),
  };
  const open = (Object.keys(said) as (keyof typeof said)[]).filter(
    (option) => options[option] === undefined && facts[option] === undefined,
  );
  const ending = classes === 1 ? "sigmoid" : "softmax";
  const dense = hidden.length > 0 ? "; ReLU between dense layers" : "";
  const logits = `outputs are logits, turned to probabilities by ${ending}${dense}`;
  const heads = [
    ...(taskConventions[task].assumed ?? []),
    ...(task === "classify" && row.layout === "pytorch" && facts.ending === undefined
      ? [logits]
      : []),
  ];
  return [
    ...open.map((option): Assumption => ({ about: option, assumed: said[option]!, option })),
    ...heads.map((assumed): Assumption => ({ about: "head", assumed })),
  ];
}
