/**
 * TensorFlow Lite files that other people published, against what the engines that run the format made
 * of them: the largest raw outputs for two pictures, codes where an output is 8-bit.
 */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readTfliteModel } from "../../src/formats/tflite/model.ts";
import { readTfliteGraph } from "../../src/formats/tflite/tflite.ts";
import type { InputNode } from "../../src/graph/ir.ts";
import { decodeImage } from "../../src/image/decode-node.ts";
import { preprocess } from "../../src/image/preprocess.ts";
import { ranges } from "../../src/image/presets.ts";
import type { DetectorModel } from "../../src/models/model.ts";
import { prepareGraph } from "../../src/tasks/backend-choice.ts";
import { loadDetector } from "../../src/tasks/node.ts";

const folder = fileURLToPath(new URL("../../../shared/cases/wild/", import.meta.url));
const isThere = existsSync(folder);

interface Case {
  readonly id: string;
  readonly files: readonly { readonly file: string }[];
  readonly engine: string;
  readonly range?: "signed" | "unit" | null;
  readonly expected: Readonly<Record<string, readonly unknown[]>>;
}

/** One of a detector's outputs. */
interface Largest {
  readonly top: readonly (readonly [index: number, value: number])[];
}

const cases: readonly Case[] = isThere
  ? (JSON.parse(readFileSync(`${folder}manifest.json`, "utf8")) as readonly Case[]).filter(
      ({ files }) => files.some(({ file }) => file.endsWith(".tflite")),
    )
  : [];

const read = ({ id, files }: Case) => {
  const { file } = files.find((one) => one.file.endsWith(".tflite"))!;
  return readFileSync(`${folder}${id}/${file}`);
};
const picture = (name: string, edge: number) =>
  decodeImage(readFileSync(`${folder}pictures/${name}_${edge}.png`));

const isDetector = ({ expected }: Case): boolean =>
  Object.values(expected).some(([first]) => !Array.isArray(first));
/** That engine's grey is another than the luma of ITU-R BT.601. */
const isGrey = ({ engine }: Case): boolean => engine.endsWith("gray");

describe.skipIf(!isThere)("published TensorFlow Lite files (needs the shared cases)", () => {
  it.each(cases.filter((one) => !isDetector(one) && !isGrey(one)))("$id", async (one) => {
    const { graph, facts } = readTfliteGraph(read(one));
    const input = graph.nodes.find((node): node is InputNode => node.op === "input")!;
    const [, height, width] = input.shape;
    const { scale = 1 / 255, zeroPoint = 0, dtype } = input.quantization ?? {};
    const offset = -scale * (zeroPoint + (dtype === "int8" ? 128 : 0));
    const own = { scale: [scale, scale, scale], offset: [offset, offset, offset] } as const;
    const range = input.quantization ? own : ranges[one.range ?? "signed"];
    const { executable } = await prepareGraph(graph, { backend: "wasm" });
    // Kernels for 8-bit weights under floats round activations to 8 bits there, and not here.
    const hybrid = facts.notes?.includes("weights are stored in 8 bits and run as floats");
    for (const [name, largest] of Object.entries(one.expected)) {
      const preset = { width, height, fit: { kind: "stretch" }, centers: "half-pixel" } as const;
      const { data } = preprocess(await picture(name, width), { ...preset, ...range });
      const [output] = await executable.infer([data]);
      for (const [index, value] of largest as readonly (readonly [number, number])[]) {
        const bound = output!.dtype === "float32" ? (hybrid ? 0.1 : 1e-3) : 2;
        expect(Math.abs(output!.data[index]! - value), `${name} ${index}`).toBeLessThanOrEqual(
          bound,
        );
      }
    }
    executable.dispose();
  });

  it.each(cases.filter(isDetector))("$id", async (one) => {
    const none = {
      labels: undefined,
      beside: async () => undefined,
      readIfThere: async () => undefined,
      read: () => Promise.reject(new Error("no other file")),
    };
    const main = { name: one.id, place: one.id, bytes: read(one), ...none };
    const model = await readTfliteModel(main, { name: one.id, options: {} });
    const detector = await loadDetector(model as DetectorModel);
    for (const [name, outputs] of Object.entries(one.expected)) {
      const image = await picture(name, model.preprocess.width);
      const { detections } = await detector.detect(image);
      const [, classes = [], scores = [], [[, count] = []] = []] = (
        outputs as readonly Largest[]
      ).map(({ top }) => top);
      expect(detections).toHaveLength(count ?? 0);
      for (const [index, value] of classes) expect(detections[index]?.index).toBe(value);
      // Scores are bytes over 256.
      for (const [index, value] of scores) {
        expect(Math.abs(detections[index]!.score - value)).toBeLessThanOrEqual(2 / 256);
      }
    }
    detector.dispose();
  });
});
