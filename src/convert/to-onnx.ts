/** A model as an ONNX file. */
import { foldBatchNorm } from "../compile/fold-batch-norm.ts";
import { hasBytes } from "../compile/plan-memory.ts";
import { MobileNetError } from "../errors.ts";
import { metadataOf } from "../formats/onnx/metadata.ts";
import { onnxLayouts, onnxOpsets, usualOnnxSettings } from "../formats/onnx/write-settings.ts";
import { writeOnnxAs } from "../formats/onnx/writer.ts";
import { pruneGraph } from "../graph/rewrite.ts";
import { endsOf, withEnds } from "../quantize/file-ends.ts";
import { isNumberIn, quote } from "../untrusted.ts";
import { badValue } from "../wrong-argument.ts";
import { changeOf, leftOutSteps } from "./changes.ts";
import { requireHalf } from "./check-weights.ts";
import type { ConversionChange, WriteTarget } from "./conversion.ts";
import { detectorEndOf } from "./detector-boxes.ts";

/** Writes the file. */
export const toOnnx: WriteTarget = (model, { precision, ...options }) => {
  const half = precision === "f16";
  const { opset, layout, dynamicBatch, boxes, io } = {
    ...{ ...usualOnnxSettings, boxes: "raw" as const, io: undefined },
    ...given(options),
  };
  const { least, greatest } = onnxOpsets;
  if (!isNumberIn(opset, least, greatest) || !Number.isInteger(opset)) {
    throw new MobileNetError("invalid-argument", "bad opset", {
      expected: `a whole number from ${least} to ${greatest}`,
      received: quote(opset),
    });
  }
  if (!onnxLayouts.includes(layout)) throw badValue("bad layout", onnxLayouts.join(" or "), layout);
  if (typeof dynamicBatch !== "boolean") {
    throw badValue("bad dynamicBatch", "true or false", dynamicBatch);
  }
  if (io === "int8") {
    throw new MobileNetError("unsupported", "integers are unsigned in an ONNX file", {
      ...{ node: model.name, expected: "uint8 or float32", received: io },
      remedy: "Leave io out, or convert to tflite.",
    });
  }
  const detection = detectorEndOf(model, boxes);
  // Halves of means and variances would lose more than those of the weights that come of them.
  const pruned = pruneGraph(model.graph);
  const folded = half ? foldBatchNorm(pruned) : io === "float32" ? withEnds(pruned, io) : pruned;
  if (half) requireHalf(folded);
  const metadata = metadataOf({ ...model, graph: folded });
  const settings = { opset, layout, dynamicBatch };
  const file = writeOnnxAs(folded, {
    ...settings,
    half,
    metadata,
    ...(detection && { detection }),
  });
  const isSigned = folded.nodes.some(({ quantization }) => quantization?.dtype === "int8");
  const hasNorms = model.graph.nodes.some(({ op }) => op === "batchNorm");
  const changes: readonly (ConversionChange | false)[] = [
    half && hasNorms && changeOf("norms-folded"),
    half && changeOf("half-precision"),
    isSigned && changeOf("unsigned"),
    folded !== pruned && io !== undefined && changeOf("other-ends"),
    layout === "nhwc" && changeOf("channels-last"),
    dynamicBatch && changeOf("open-batch"),
    hasBytes(folded) && leftOutSteps(model),
  ];
  return {
    files: new Map([["model.onnx", file]]),
    settings: {
      ...settings,
      ...(model.task === "detect" && { boxes }),
      ...(hasBytes(folded) && { io: endsOf(folded) === "float32" ? "float32" : "uint8" }),
    },
    changes: changes.filter((change) => change !== false),
  };
};

/** The options without those that are undefined, which are not said. */
function given<T extends object>(options: T): Partial<{ [K in keyof T]-?: NonNullable<T[K]> }> {
  const said = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(said) as Partial<{ [K in keyof T]-?: NonNullable<T[K]> }>;
}
