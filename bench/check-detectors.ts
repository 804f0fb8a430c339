/**
 * Whether the boxes and objects that ONNX files of detectors give are those of the library: settings of
 * every kind, operator sets, layouts and numbers of images, on onnxruntime-node, which bench/peers
 * installs. `npm ci --prefix bench/peers && node bench/run.js check-detectors --seeds 10`. Exits with 1
 * where other objects are found, or boxes are further apart than single precision explains.
 */
import { usualOnnxSettings } from "../src/formats/onnx/write-settings.ts";
import { randomInputs } from "../test/conformance/backends.ts";
import { toFile } from "../test/onnx/compare.ts";
import { detectionDifference, settingCases, smallDetector } from "../test/onnx/detectors.ts";
import { argument } from "./arguments.ts";
import { onnxruntime as engine } from "./onnxruntime.ts";

const seeds = Number(argument("seeds", "4"));
/** Boxes lie around 0 to 1 and are sums of three rounded products: a few times 2⁻²⁴. */
const tolerance = 2e-6;

const only = argument("case", "");
for (const [name, said] of Object.entries(settingCases)) {
  if (only !== "" && only !== name) continue;
  let largest = 0;
  let files = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    const detector = smallDetector(
      { ...said, ...(seed % 2 === 0 && { background: false }) },
      { seed, classes: seed % 4 === 0 ? 1 : 3 },
    );
    for (const opset of [9, 10, 11, 12, 13, 17, 18, 21]) {
      for (const boxes of ["decoded", "suppressed"] as const) {
        if (boxes === "suppressed" && opset < 11) continue;
        const dynamicBatch = opset % 2 === 1;
        const images = dynamicBatch ? 3 : 1;
        const each = Array.from(
          { length: images },
          (_, i) => randomInputs(detector.graph, seed + i)[0]!,
        );
        const data = Float32Array.from(each.flatMap((values) => [...values]));
        const [, rows, columns, channels] = [1, 64, 64, 3];
        const last = { element: "float32", dims: [images, rows, columns, channels], data } as const;
        const isLast = opset % 4 === 1;
        const input = isLast ? last : toFile(data, [images, 64, 64, 3], undefined);
        const layout = isLast ? ("nhwc" as const) : ("nchw" as const);
        const settings = { ...usualOnnxSettings, opset, layout, dynamicBatch };
        const found = await detectionDifference(detector, new Map([["image", input]]), {
          ...{ engine, boxes, settings },
        });
        largest = Math.max(largest, found);
        files++;
      }
    }
  }
  const isWithin = largest <= tolerance;
  if (!isWithin) process.exitCode = 1;
  console.log(`${name}: ${files} files, at most ${largest.toExponential(2)} apart`);
}
