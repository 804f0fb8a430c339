import { expect, it } from "vitest";
import { deeplabV3 } from "../../models/deeplab.ts";
import { ssdlite, ssdliteDetection } from "../../models/ssdlite.ts";
import { planTraining } from "../plan.ts";
import { detection } from "./detection.ts";
import { lossOf } from "./objective.ts";
import { segmentation } from "./segmentation.ts";

const sizes = { width: 0.1, resolution: 64, classes: 2 } as const;

/** Outputs of a plan for one picture, all 0 but one value. */
function outputsWith(plan: ReturnType<typeof planTraining>, name: string, value: number) {
  return new Map(
    plan.outputs.map(({ name: own, shape }) => {
      const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
      if (own === name) values[values.length - 1] = value;
      return [own, values];
    }),
  );
}

it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
  "an output of %s has no finite loss, though no target looks at it",
  async (value) => {
    const detector = planTraining(ssdlite(sizes));
    // A picture without objects, of which no anchor of the background counts.
    const found = detection({ ...ssdliteDetection([64, 64]), leastNegatives: 0 }).prepare(detector);
    const nothing = [await found.target({ label: [], name: "empty", geometry: undefined })];
    for (const { name } of detector.outputs) {
      const judge = (at: number) =>
        lossOf(found, { outputs: outputsWith(detector, name, at), targets: nothing });
      expect(judge(0)).toBe(0);
      expect(judge(value)).toBeNaN();
    }
    const segmenter = planTraining(deeplabV3(sizes));
    const mapped = segmentation().prepare(segmenter);
    // A mask of which no pixel counts.
    const mask = { width: 64, height: 64, classMap: new Uint8Array(64 * 64).fill(255) };
    const label = { readMask: () => mask };
    const targets = [await mapped.target({ label, name: "void", geometry: undefined })];
    const { name } = segmenter.outputs[0]!;
    const judge = (at: number) =>
      lossOf(mapped, { outputs: outputsWith(segmenter, name, at), targets });
    expect(judge(0)).toBe(0);
    expect(judge(value)).toBeNaN();
  },
);
