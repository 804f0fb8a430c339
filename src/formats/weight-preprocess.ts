/**
 * How pictures become the input of weights that do not say it, and what of it is assumed: a record's
 * word, the caller's, a file's, else the convention of whose names the weights have.
 */
import { MobileNetError } from "../errors.ts";
import { namedRanges, type Preprocess } from "../image/presets.ts";
import type { Assumption } from "../models/model.ts";
import { quote } from "../untrusted.ts";
import type { DetectedArchitecture } from "./detect-architecture.ts";
import type { MainFile } from "./format.ts";
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
export function preprocessOf(
  { row, request, facts, found: { task } }: WeightSources,
  resolution: Resolution,
): Preprocess {
  const { options } = request;
  const [height, width] = resolution;
  const own = facts.preprocess && resized(facts.preprocess.value, resolution);
  const range = options.range ?? row.convention.range;
  if (!Object.hasOwn(namedRanges, range)) {
    throw new MobileNetError("invalid-argument", "there is no such range", {
      expected: Object.keys(namedRanges).join(", "),
      received: quote(range),
    });
  }
  if (own !== undefined && (options.range !== undefined || options.crop !== undefined)) {
    throw new MobileNetError("invalid-argument", "the model settles how pictures are prepared", {
      node: `${request.name}, ${facts.preprocess?.from}`,
      received: options.range === undefined ? "crop" : "range",
      remedy: "Leave the option out, or give preprocess, which says all of it.",
    });
  }
  const { fit } = taskConventions[task];
  const cropped = { kind: "resize-then-crop", shortestEdge: Math.max(width, height) } as const;
  const usual: Preprocess = {
    ...{ width, height, centers: "half-pixel", ...namedRanges[range] },
    fit: options.crop === true ? cropped : fit,
  };
  return choosePreprocess(request, { resolution, own, usual });
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

/** What nobody says about the weights. */
export function assumptionsOf(
  { row, request: { options }, facts, found }: WeightSources,
  {
    resolution: [rows, columns],
    padding,
    epsilon,
  }: {
    readonly resolution: Resolution;
    readonly padding: "same" | "symmetric";
    readonly epsilon: number;
  },
  main: Pick<MainFile, "labels">,
): readonly Assumption[] {
  const { task, classes, hidden } = found;
  const whole = options.preprocess ?? facts.preprocess;
  const whose = `as ${row.title} has it`;
  const labels = options.labels ?? facts.labels ?? main.labels;
  const words = {
    "-1..1": "bytes become −1 to 1",
    imagenet: "bytes lose ImageNet's means and are divided by its deviations",
  };
  const { range } = row.convention;
  const told = words[range as keyof typeof words] ?? `bytes become ${range}`;
  const assumptions: readonly (Assumption | false)[] = [
    facts.padding === undefined &&
      options.padding === undefined && {
        about: "padding",
        assumed: `${padding === "same" ? "TensorFlow's" : "PyTorch's"} padding and ε ${epsilon.toExponential()}, ${whose}`,
        option: "padding",
      },
    whole === undefined &&
      facts.resolution === undefined &&
      options.resolution === undefined && {
        about: "resolution",
        assumed: `pictures of ${columns}×${rows}`,
        option: "resolution",
      },
    whole === undefined &&
      options.range === undefined && {
        about: "range",
        assumed: `${told}, ${whose}`,
        option: "range",
      },
    whole === undefined &&
      options.crop === undefined &&
      taskConventions[task].fit.kind === "stretch" && {
        about: "fit",
        assumed: `pictures are stretched to ${columns}×${rows}`,
        option: "crop",
      },
    classes > 0 &&
      labels === undefined && {
        about: "labels",
        assumed: "classes are numbered",
        option: "labels",
      },
    task === "classify" &&
      facts.ending === undefined && {
        about: "head",
        assumed: `outputs are logits, turned to probabilities by ${classes === 1 ? "sigmoid" : "softmax"}${hidden.length > 0 ? "; ReLU between dense layers" : ""}`,
      },
  ];
  return assumptions.filter((assumption) => assumption !== false);
}
