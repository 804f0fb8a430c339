/**
 * What files of detectors give on the operators' definitions is what the library makes of the same
 * encodings. `bench/check-detectors.ts` asks onnxruntime the same.
 */
import { describe, expect, it } from "vitest";
import { usualOnnxSettings } from "../../src/formats/onnx/write-settings.ts";
import type { InputNode } from "../../src/graph/ir.ts";
import { randomInputs } from "../conformance/backends.ts";
import { toFile } from "./compare.ts";
import { bareDetector, detectionDifference, settingCases, smallDetector } from "./detectors.ts";
import { runModel } from "./run-model.ts";

describe.each(Object.entries(settingCases))("a detector's file: %s", (_, said) => {
  it("gives the same boxes and objects", async () => {
    const detector = process.env["LONG"] ? smallDetector(said) : bareDetector(said);
    const [image] = detector.graph.nodes as [InputNode];
    const [values] = randomInputs(detector.graph, 3);
    const input = toFile(values!, image.shape, undefined);
    for (const [boxes, opset] of [
      ["decoded", 13],
      ["suppressed", 13],
      ["suppressed", 18],
    ] as const) {
      const found = await detectionDifference(detector, new Map([["image", input]]), {
        ...{ engine: runModel, boxes, settings: { ...usualOnnxSettings, opset } },
      });
      // Boxes lie around 0 to 1 and are sums of three rounded products: a few times 2⁻²⁴.
      expect(found).toBeLessThan(2e-6);
    }
  });
});
