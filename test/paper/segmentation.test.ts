/** Table 7's V2* rows: Mobile DeepLabv3 on VOC at 513², 21 classes. */
import { describe, expect, it } from "vitest";
import { multiplyAddsWithSpaceToBatch } from "../../src/experiments/trade-offs/space-to-batch.ts";
import { countCost } from "../../src/graph/cost.ts";
import { type DeeplabV3Options, deeplabV3 } from "../../src/models/deeplab.ts";
import { billions, millions, printAs } from "./published.ts";

/** Test-time scales; the image's side is 1 + 512 · scale, and each is seen mirrored too. */
const scales = [0.5, 0.75, 1, 1.25, 1.5, 1.75];

function overScalesAndMirrors(
  options: DeeplabV3Options,
  count: (graph: ReturnType<typeof deeplabV3>) => number,
): number {
  const resolutions = scales.map((scale) => 1 + 512 * scale);
  return resolutions.reduce(
    (sum, resolution) => sum + 2 * count(deeplabV3({ ...options, resolution })),
    0,
  );
}

const multiplyAdds = (graph: ReturnType<typeof deeplabV3>): number => countCost(graph).multiplyAdds;

describe("table 7, parameters", () => {
  it("the light head has 2.11 M, at either output stride", () => {
    for (const outputStride of [8, 16] as const) {
      const { parameters } = countCost(deeplabV3({ outputStride }));
      expect(printAs(parameters, millions(2))).toBe(2.11);
    }
  });

  it("ASPP has 4.52 M", () => {
    expect(printAs(countCost(deeplabV3({ aspp: true })).parameters, millions(2))).toBe(4.52);
  });
});

describe("table 7, multiply-adds at output stride 16, one scale", () => {
  it("the light head has 2.74 B; 2.75 B is printed", () => {
    const counted = multiplyAdds(deeplabV3());
    expect(printAs(counted, billions(2))).toBe(2.74);
    expect(Math.abs(counted / 2.75e9 - 1)).toBeLessThan(0.004);
  });

  it("ASPP has 5.36 B; with TensorFlow's padding for dilation 5.8 B, as printed", () => {
    const graph = deeplabV3({ aspp: true });
    expect(printAs(multiplyAdds(graph), billions(2))).toBe(5.36);
    expect(printAs(multiplyAddsWithSpaceToBatch(graph), billions(1))).toBe(5.8);
  });

  it("what the padding adds is 36² − 33² positions for each of ASPP's three branches", () => {
    const added = (aspp: boolean): number => {
      const graph = deeplabV3({ aspp });
      return multiplyAddsWithSpaceToBatch(graph) - multiplyAdds(graph);
    };
    const branches = 3 * (36 ** 2 - 33 ** 2) * (9 * 320 * 256);
    // Both counts are sums of doubles near 6e9: equal to a millionth of a multiply-add.
    expect(added(true) - added(false)).toBeCloseTo(branches, 3);
  });
});

describe("table 7, multiply-adds at output stride 8, six scales and mirrors", () => {
  it("the light head has 152.5 B; 152.6 B is printed, 0.1 % more", () => {
    const counted = overScalesAndMirrors({ outputStride: 8 }, multiplyAddsWithSpaceToBatch);
    expect(printAs(counted, billions(1))).toBe(152.5);
    expect(Math.abs(counted / 152.6e9 - 1)).toBeLessThan(0.001);
  });

  it("ASPP has 328 B; with TensorFlow's padding for dilation 387 B, as printed", () => {
    const options = { outputStride: 8, aspp: true } as const;
    const plain = overScalesAndMirrors(options, multiplyAdds);
    expect(printAs(plain, billions(0))).toBe(328);
    const padded = overScalesAndMirrors(options, multiplyAddsWithSpaceToBatch);
    expect(printAs(padded, billions(0))).toBe(387);
  });
});

describe("table 7, what is missing to the printed digit", () => {
  /** One operation for each value of the logits upsampled to the image that was asked about. */
  const upsampling = 513 ** 2 * 21;

  it("2.75 B and 152.6 B come out where upsampling the logits counts once per value", () => {
    const single = multiplyAddsWithSpaceToBatch(deeplabV3()) + upsampling;
    expect(printAs(single, billions(2))).toBe(2.75);
    const passes = 2 * scales.length;
    const all = overScalesAndMirrors({ outputStride: 8 }, multiplyAddsWithSpaceToBatch);
    expect(printAs(all + passes * upsampling, billions(1))).toBe(152.6);
  });
});
