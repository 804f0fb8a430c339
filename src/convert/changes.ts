/** What conversions change, in sentences. */
import type { Model } from "../models/model.ts";
import type { ConversionChange } from "./conversion.ts";

const sentences: Readonly<Record<ConversionChange["code"], string>> = {
  "norms-folded": "Batch norms are folded into the weights and biases before them.",
  "norms-added":
    "Layers without batch norms get ones that change nothing; to train on with them, measure their statistics first.",
  "epsilon-restated": "The batch norms' γ is restated for another ε; they compute the same.",
  "half-precision": "Weights are rounded to half precision; what is computed stays single.",
  "half-kernels":
    "Kernels are rounded to half precision, vectors stay single; what is computed is single.",
  "byte-kernels":
    "Kernels are rounded to 256 steps each, vectors stay single; what is computed is single.",
  quantized: "The float network is quantised to 8 bits, by the pictures given.",
  unsigned: "8-bit values are unsigned: int8 plus 128, with zero points to match.",
  "channels-last": "Maps go in and come out with their channels last.",
  "open-batch": "Any number of images may go in at once.",
  "other-ends": "Bytes or real numbers go in and come out; the integers within are as they were.",
  "uncut-boxes":
    "Other runtimes let boxes suppress each other before they are cut to the picture; this library cuts them first.",
  renamed: "Weights have the names and the order of another library.",
  "names-changed": "Names have _ in place of characters that the format does not allow in them.",
  "graph-model": "It is a graph model: TensorFlow.js loads it by loadGraphModel.",
  "other-range":
    "Pictures are prepared otherwise than Teachable Machine's and ml5's code does it, from -1 to 1; this library's own entry says how.",
  "network-unsaid":
    "No config.json is written: that library has no name for a network of this width.",
  "preparation-unsaid":
    "How pictures are prepared is said for this library alone; that library's file has no words for it and is not written.",
  "labels-in-lines":
    "Labels with line breaks have spaces there in labels.txt; this library's own entry has them as they are.",
  "steps-left-out":
    "How 8-bit scores come to the input's size is said for this library alone; the graph ends with the scores.",
};

/** A change, told. */
export function changeOf(code: ConversionChange["code"]): ConversionChange {
  return { code, text: sentences[code] };
}

/** What the file of an 8-bit segmenter did behind the scores, where it did. */
export function leftOutSteps(model: Model): ConversionChange | false {
  return model.task === "segment" && model.enlargement !== undefined && changeOf("steps-left-out");
}
