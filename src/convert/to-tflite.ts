/** A model as a TensorFlow Lite file. */
import { hasBytes } from "../compile/plan-memory.ts";
import { MobileNetError } from "../errors.ts";
import { breaksLine } from "../formats/tflite/write-metadata.ts";
import { writeTfliteModel } from "../formats/tflite/write-model.ts";
import { endsOf, withEnds } from "../quantize/file-ends.ts";
import { writableGraph } from "../quantize/network.ts";
import { changeOf, leftOutSteps } from "./changes.ts";
import { requireHalf } from "./check-weights.ts";
import type { ConversionChange, WriteTarget } from "./conversion.ts";
import { detectorEndOf } from "./detector-boxes.ts";

/** Writes the file. */
export const toTflite: WriteTarget = (model, { precision, boxes = "raw", io }) => {
  const half = precision === "f16";
  if (boxes === "decoded") {
    throw new MobileNetError("unsupported", "a TensorFlow Lite file has no decoded boxes", {
      ...{ node: model.name, expected: "raw or suppressed", received: boxes },
      remedy: "Write it with boxes suppressed, or convert to onnx.",
    });
  }
  const detection = detectorEndOf(model, boxes);
  const own = writableGraph(model.graph);
  const graph = io === undefined ? own : withEnds(own, io);
  if (half) requireHalf(graph);
  const file = writeTfliteModel({ ...model, graph }, { half, detection });
  const hasNorms = model.graph.nodes.some(({ op }) => op === "batchNorm");
  const cuts = detection !== undefined && !detection.settings.classAgnostic;
  const changes: readonly (ConversionChange | false)[] = [
    hasNorms && changeOf("norms-folded"),
    half && changeOf("half-precision"),
    io !== undefined && graph !== own && changeOf("other-ends"),
    cuts && detection.settings.clip !== false && changeOf("uncut-boxes"),
    leftOutSteps(model),
    model.labels.some(breaksLine) && changeOf("labels-in-lines"),
  ];
  return {
    files: new Map([["model.tflite", file]]),
    settings: {
      ...(model.task === "detect" && { boxes }),
      ...(hasBytes(graph) && { io: io ?? endsOf(graph) }),
    },
    changes: changes.filter((change) => change !== false),
  };
};
