/**
 * A detector's boxes and objects, computed in the file behind its encodings and scores: decoded from
 * anchors as tasks/boxes.ts does it, suppressed as tasks/suppression.ts. Which candidates stay is
 * NonMaxSuppression's work; that they are in order of score over all classes, and how many of each image,
 * follows from a map of all scores in which only theirs are left.
 */
import { type DetectorEnd, singleAtMost, singleBelow } from "../detector-end.ts";
import { writeClip } from "./convolution.ts";
import type { OnnxDraft } from "./draft.ts";
import { elementCodes, type OnnxEnd } from "./messages.ts";
import { writeRange } from "./write-simple.ts";

/** Adds the operators of the end and gives what leaves the file. */
export function writeDetectorEnd(draft: OnnxDraft, end: DetectorEnd): readonly OnnxEnd[] {
  const [encodings = "", scores = ""] = draft.graph.outputs;
  const writer = new DetectionWriter(draft, end, draft.shape(encodings)[0]);
  const corners = writer.corners(draft.real(encodings, "list"));
  const classScores = writer.classScores(draft.real(scores, "list"));
  return end.boxes === "decoded"
    ? writer.decoded(corners, classScores)
    : writer.suppressed(corners, classScores, scores);
}

/** What no score is, nor a class that is left out. */
const none = -1;

class DetectionWriter {
  readonly #draft: OnnxDraft;
  readonly #end: DetectorEnd;
  readonly #batch: number;

  constructor(draft: OnnxDraft, end: DetectorEnd, batch: number) {
    this.#draft = draft;
    this.#end = end;
    this.#batch = batch;
  }

  get #anchors(): number {
    return this.#end.anchors.length / 4;
  }

  /** `[n, anchors, 4]`: the least y and x, then the greatest. */
  corners(encodings: string): string {
    const { anchors, settings } = this.#end;
    const of = (like: string, values: (anchor: number, axis: 0 | 1) => number): string => {
      const all = Float32Array.from({ length: anchors.length / 2 }, (_, i) =>
        values(i >> 1, (i & 1) as 0 | 1),
      );
      return this.#constant(like, [1, this.#anchors, 2], all);
    };
    const anchor = (i: number, part: number): number => anchors[4 * i + part]!;
    const coder = settings.boxCoder;
    const centres = of("anchors/centres", anchor);
    const steps = of("anchors/steps", (i, axis) => anchor(i, 2 + axis) / coder[axis]);
    const halves = of("anchors/halves", (i, axis) => anchor(i, 2 + axis) / 2);
    const growth = this.#constant("anchors/growth", [2], [1 / coder[2], 1 / coder[3]]);
    const moved = this.#make("Mul", [this.#picked(encodings, [0, 1], 2), steps], "moved");
    const centre = this.#make("Add", [moved, centres], "centre");
    const grown = this.#make("Mul", [this.#picked(encodings, [2, 3], 2), growth], "grown");
    const half = this.#make("Mul", [this.#make("Exp", [grown], "factor"), halves], "half");
    const least = this.#make("Sub", [centre, half], "least");
    const greatest = this.#make("Add", [centre, half], "greatest");
    return this.#make("Concat", [least, greatest], "boxes", { axis: 2 });
  }

  /** `[n, anchors, classes]`: without the background. */
  classScores(scores: string): string {
    const { settings, classes } = this.#end;
    if (settings.background === false) return scores;
    const name = this.#fresh("scores");
    return writeRange(
      this.#draft,
      { from: scores, axes: [2], starts: [1], ends: [1 + classes] },
      name,
    );
  }

  decoded(boxes: string, scores: string): readonly OnnxEnd[] {
    const { classes } = this.#end;
    return [
      this.#leaves("boxes", boxes, [this.#anchors, 4]),
      this.#leaves("scores", scores, [this.#anchors, classes]),
    ];
  }

  suppressed(corners: string, classScores: string, node: string): readonly OnnxEnd[] {
    const draft = this.#draft;
    draft.needs(draft.node(node), "GatherND and ScatterND to sort out boxes with", 11);
    const { settings, classes } = this.#end;
    const { maxDetections, maxPerClass = maxDetections, classAgnostic = false } = settings;
    const isWhole = classAgnostic || settings.clip === false;
    const boxes = isWhole ? corners : this.#clipped(corners);
    const groups = classAgnostic ? 1 : classes;
    const best = classAgnostic
      ? this.#reduced("ReduceMax", classScores, { axis: 2, from: 18, keeps: 1 })
      : classScores;
    const byClass = this.#make("Transpose", [best], "by_class", { perm: [0, 2, 1] });
    const candidates = classAgnostic ? byClass : this.#withoutEmpty(boxes, byClass);
    const kept = this.#make(
      "NonMaxSuppression",
      [
        ...[boxes, candidates],
        this.#integers("most", [classAgnostic ? maxDetections : maxPerClass]),
        this.#constant("overlap", [1], [singleAtMost(settings.iouThreshold)]),
        this.#constant("least_score", [1], [bound(settings)]),
      ],
      "kept",
    );
    const most = Math.min(maxDetections, groups * this.#anchors);
    const { values, places } = this.#best(candidates, kept, most);
    const anchor = this.#make(
      "Mod",
      [places, this.#integers("anchors", [this.#anchors])],
      "anchor",
    );
    const group = this.#make("Div", [places, this.#integers("anchors", [this.#anchors])], "group");
    const ofAnchor = classAgnostic
      ? this.#make("ArgMax", [classScores], "best_class", { axis: 2, keepdims: 0 })
      : undefined;
    const index =
      ofAnchor === undefined
        ? group
        : this.#make("GatherElements", [ofAnchor, anchor], "index", { axis: 1 });
    const isObject = this.#make("Greater", [values, this.#number(none / 2)], "is_object");
    const counted = this.#cast(isObject, "float32", "counted");
    const found = (like: string, tensor: string, by: string): string =>
      this.#make("Mul", [tensor, by], like);
    const row = this.#reshaped(counted, [0, most, 1], "counted/rows");
    const chosen = this.#make("GatherElements", [boxes, this.#corners(anchor, most)], "chosen", {
      axis: 1,
    });
    const count = this.#reduced("ReduceSum", counted, { axis: 1, from: 13, keeps: 0 });
    return [
      this.#leaves("detection_boxes", found("found/boxes", chosen, row), [most, 4]),
      this.#leaves(
        "detection_classes",
        found("found/classes", this.#cast(index, "float32", "classes"), counted),
        [most],
      ),
      this.#leaves("detection_scores", found("found/scores", values, counted), [most]),
      this.#leaves("num_detections", count, []),
    ];
  }

  /** The best of what was kept, `[n, most]`, by their places in `[n, groups · anchors]`. */
  #best(
    candidates: string,
    kept: string,
    most: number,
  ): { readonly values: string; readonly places: string } {
    const shape = this.#make("Shape", [candidates], "shape");
    const nothing = this.#make("Expand", [this.#number(none), shape], "nothing");
    const scores = this.#make("GatherND", [candidates, kept], "kept/scores");
    const left = this.#make("ScatterND", [nothing, kept, scores], "left");
    const flat = this.#make("Flatten", [left], "left/flat", { axis: 1 });
    const [values, places] = [this.#fresh("best"), this.#fresh("best/places")];
    this.#draft.operator("TopK", [flat, this.#integers("most", [most])], [values, places], {
      axis: 1,
    });
    return { values, places };
  }

  /** Candidates whose boxes have an area; the others have no score. */
  #withoutEmpty(boxes: string, scores: string): string {
    const sides = this.#make(
      "Sub",
      [this.#picked(boxes, [2, 3], 2), this.#picked(boxes, [0, 1], 2)],
      "sides",
    );
    const rows = this.#make("Transpose", [sides], "sides/rows", { perm: [0, 2, 1] });
    const shorter = this.#make(
      "Min",
      [this.#picked(rows, [0], 1), this.#picked(rows, [1], 1)],
      "shorter",
    );
    const isThere = this.#make("Greater", [shorter, this.#number(0)], "is_there");
    return this.#make("Where", [isThere, scores, this.#number(none)], "candidates");
  }

  /** Indices `[n, most]` as those of four corners each. */
  #corners(anchor: string, most: number): string {
    const rows = this.#reshaped(anchor, [0, most, 1], "anchor/rows");
    return this.#make("Expand", [rows, this.#integers("corners", [1, 1, 4])], "anchor/corners");
  }

  #clipped(boxes: string): string {
    const output = this.#fresh("clipped");
    writeClip(this.#draft, boxes, output, { low: 0, high: 1 });
    return output;
  }

  /** A sum or a maximum along an axis, which is an input from some operator set on. */
  #reduced(
    kind: "ReduceMax" | "ReduceSum",
    from: string,
    said: { readonly axis: number; readonly from: number; readonly keeps: 0 | 1 },
  ): string {
    const axes = [said.axis];
    return this.#draft.settings.opset < said.from
      ? this.#make(kind, [from], kind, { axes, keepdims: said.keeps })
      : this.#make(kind, [from, this.#integers("axis", axes)], kind, { keepdims: said.keeps });
  }

  #picked(from: string, places: readonly number[], axis: number): string {
    const indices = this.#integers("places", places);
    return this.#make("Gather", [from, indices], `${from}/${places.join("")}`, { axis });
  }

  #reshaped(from: string, dims: readonly number[], like: string): string {
    return this.#make("Reshape", [from, this.#integers("dims", dims)], like);
  }

  #cast(from: string, to: "float32", like: string): string {
    return this.#make("Cast", [from], like, { to: elementCodes[to] });
  }

  #make(
    kind: string,
    inputs: readonly string[],
    like: string,
    attributes: Parameters<OnnxDraft["operator"]>[3] = {},
  ): string {
    return this.#draft.operator(kind, inputs, this.#fresh(like), attributes);
  }

  #number(value: number): string {
    return this.#draft.once(`number ${value}`, () =>
      this.#constant(`number_${value}`, [], [value]),
    );
  }

  #integers(like: string, values: readonly number[]): string {
    return this.#draft.once(`${like} ${values.join()}`, () =>
      this.#draft.constant(`detection/${like}`, "int64", [values.length], values),
    );
  }

  #constant(like: string, dims: readonly number[], values: ArrayLike<number>): string {
    return this.#draft.constant(`detection/${like}`, "float32", dims, values);
  }

  #fresh(like: string): string {
    return this.#draft.fresh(like.startsWith("detection/") ? like : `detection/${like}`);
  }

  /** What leaves the file under a name of its own. */
  #leaves(like: string, from: string, dims: readonly number[]): OnnxEnd {
    const name = this.#draft.fresh(like);
    this.#draft.operator("Identity", [from], name);
    return { name, element: "float32", dims: [this.#batch, ...dims] };
  }
}

/** Scores above it count: where equal ones count too, the next number below. */
function bound({ scoreThreshold, inclusive }: DetectorEnd["settings"]): number {
  if (inclusive !== true) return singleAtMost(scoreThreshold);
  if (scoreThreshold === 0) return none / 2;
  return singleBelow(scoreThreshold);
}
