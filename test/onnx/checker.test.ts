/**
 * ONNX's own checker, with its inference of shapes, on the files that are written: small networks of every
 * head, in every operator set, with whatever a file may be told. It is Debian's python3-onnx, so that this
 * is a long form, and runs where that is installed.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { onnxLayouts, usualOnnxSettings } from "../../src/formats/onnx/write-settings.ts";
import { writeOnnxAs } from "../../src/formats/onnx/writer.ts";
import { withRandomWeights } from "../../src/graph/random-weights.ts";
import { deeplabV3 } from "../../src/models/deeplab.ts";
import { mobilenetV2 } from "../../src/models/mobilenet-v2.ts";
import { anchorsOf } from "../../src/tasks/anchors.ts";
import { pythonWith } from "../python.ts";
import { settingCases, smallDetector } from "./detectors.ts";

const check = `
import sys, onnx
from onnx import defs
for path in sys.argv[1:]:
    model = onnx.load(path)
    # What this version of the package does not know yet is left to newer ones.
    if model.opset_import[0].version <= defs.onnx_opset_version():
        onnx.checker.check_model(model, full_check=True)
        print(path)
`;

const python = pythonWith("onnx");

describe.skipIf(python === undefined)("ONNX's checker takes", () => {
  const folder = mkdtempSync(join(tmpdir(), "onnx-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Runs the checker on files by name; gives those that it knows the operator set of. */
  const run = (files: ReadonlyMap<string, Uint8Array>): number => {
    const paths = [...files].map(([name, bytes]) => {
      const path = join(folder, `${name}.onnx`);
      writeFileSync(path, bytes);
      return path;
    });
    const { stdout, stderr, status } = spawnSync(python!, ["-c", check, ...paths], {
      encoding: "utf8",
    });
    expect(status, stderr).toBe(0);
    return stdout.trim().split("\n").length;
  };

  const opsets = Array.from({ length: 13 }, (_, i) => 9 + i);

  it("classifiers and segmenters in every operator set", () => {
    const networks = {
      classifier: mobilenetV2({ width: 0.35, resolution: 32, classes: 3 }),
      segmenter: deeplabV3({ width: 0.35, resolution: 33, classes: 3 }),
    };
    const files = new Map<string, Uint8Array>();
    for (const [name, network] of Object.entries(networks)) {
      for (const opset of opsets) {
        // Aligned corners came with 11.
        if (name === "segmenter" && opset < 11) continue;
        for (const layout of onnxLayouts) {
          const settings = { ...usualOnnxSettings, opset, layout, dynamicBatch: opset % 2 === 0 };
          files.set(
            `${name}-${opset}-${layout}`,
            writeOnnxAs(withRandomWeights(network), settings),
          );
        }
      }
    }
    expect(run(files)).toBeGreaterThan(20);
  });

  it("detectors with decoded and suppressed boxes, whatever their settings", () => {
    const files = new Map<string, Uint8Array>();
    for (const [i, said] of Object.values(settingCases).entries()) {
      const { graph, settings, classes } = smallDetector(said);
      for (const opset of opsets) {
        const boxes = opset < 11 ? "decoded" : "suppressed";
        const detection = {
          boxes,
          settings,
          classes,
          anchors: anchorsOf(settings.anchors),
        } as const;
        const dynamicBatch = opset % 2 === 1;
        const file = writeOnnxAs(graph, { ...usualOnnxSettings, opset, detection, dynamicBatch });
        files.set(`detector-${i}-${opset}`, file);
      }
    }
    expect(run(files)).toBeGreaterThan(60);
  });
});
