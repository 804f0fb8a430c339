import { describe, expect, it } from "vitest";
import { ranges } from "../image/presets.ts";
import { readPreprocess } from "./read-preprocess.ts";

const whole = {
  width: 224,
  height: 192,
  fit: { kind: "stretch" },
  centers: "legacy",
  ...ranges.signed,
};

describe("preprocessing in a file", () => {
  it.each([
    { kind: "stretch" },
    { kind: "resize-then-crop", shortestEdge: 256 },
    { kind: "central-crop", fraction: 0.875 },
    { kind: "pad", value: 127.5 },
  ])("is read with the fit %o, and nothing more than it needs", (fit) => {
    const read = readPreprocess({ ...whole, fit: { ...fit, more: 1 }, more: 1 }, "model.json");
    expect(read).toEqual({ ...whole, fit });
  });

  it.each([
    ["a list", []],
    ["a width of millions", { ...whole, width: 1e7 }],
    ["half a pixel", { ...whole, height: 0.5 }],
    ["no fit", { ...whole, fit: undefined }],
    [
      "an edge between pixels",
      { ...whole, fit: { kind: "resize-then-crop", shortestEdge: 256.5 } },
    ],
    ["nothing of the picture", { ...whole, fit: { kind: "central-crop", fraction: 0 } }],
    ["a fill that is no byte", { ...whole, fit: { kind: "pad", value: 256 } }],
    ["unknown centres", { ...whole, centers: "x" }],
    ["two scales", { ...whole, scale: [1, 1] }],
    ["an offset that is text", { ...whole, offset: ["0", "0", "0"] }],
    ["a scale without bounds", { ...whole, scale: [1, 1, 1e300] }],
  ])("is refused with %s", (_, value) => {
    expect(() => readPreprocess(value, "model.json")).toThrow(
      expect.objectContaining({ code: "invalid-model", node: "model.json" }),
    );
  });
});
