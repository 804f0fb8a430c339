/** The paper's classifiers: parameters and multiply-adds of section 4 and of table 4. */
import { describe, expect, it } from "vitest";
import { countCost } from "../../src/graph/cost.ts";
import { mobilenetV1 } from "../../src/models/mobilenet-v1.ts";
import { mobilenetV2, table2 } from "../../src/models/mobilenet-v2.ts";
import { checkpoints, millions, printAs } from "./published.ts";

describe("the 22 published checkpoints", () => {
  it("are all here", () => {
    const names = checkpoints.map(({ width, resolution }) => `${width}_${resolution}`);
    expect(new Set(names).size).toBe(22);
  });

  it.each(checkpoints)("$width at $resolution²: $multiplyAdds M, $parameters M", (row) => {
    const { width, resolution } = row;
    const cost = countCost(mobilenetV2({ width, resolution }));
    // Multiply-adds are printed as whole millions, cut off; parameters to two decimals, rounded,
    // and without batch norm's γ and β.
    expect(printAs(cost.multiplyAdds, millions(0, "truncated"))).toBe(row.multiplyAdds);
    expect(printAs(cost.weightParameters, millions(2))).toBe(row.parameters);
  });
});

describe("MobileNetV2 1.0 at 224²", () => {
  const cost = countCost(mobilenetV2());

  it("has torchvision's parameters: convolutions and dense, and batch norm's γ and β", () => {
    expect(cost.parameters).toBe(3_504_872);
    expect(cost.weightParameters).toBe(3_470_760);
    expect(cost.parameters - cost.weightParameters).toBe(34_112);
  });

  it("has table 4's 3.4 M parameters (cut off) and 300 M multiply-adds", () => {
    expect(printAs(cost.weightParameters, millions(1, "truncated"))).toBe(3.4);
    expect(printAs(cost.multiplyAdds, millions(0, "truncated"))).toBe(300);
  });

  it("has the 17 bottlenecks of table 2, not the 19 of the text", () => {
    expect(table2.reduce((sum, { repeats }) => sum + repeats, 0)).toBe(17);
  });
});

describe("figures of table 4 that counting does not give", () => {
  it("1.4 is printed with 6.9 M and 585 M; its checkpoint, and we, have 6.06 M and 582 M", () => {
    const { weightParameters, multiplyAdds } = countCost(mobilenetV2({ width: 1.4 }));
    // The paper's own checkpoint table contradicts it; the multiply-adds are 0.5 % apart.
    expect(printAs(weightParameters, millions(2))).toBe(6.06);
    expect(Math.abs(multiplyAdds / 585e6 - 1)).toBeLessThan(0.005);
    expect(weightParameters / 6.9e6).toBeLessThan(0.9);
  });

  it("V1 is printed with 575 M; its own paper, and we, have 569 M, and 4.2 M parameters", () => {
    const { weightParameters, multiplyAdds } = countCost(mobilenetV1());
    expect(printAs(weightParameters, millions(1))).toBe(4.2);
    expect(printAs(multiplyAdds, millions(0))).toBe(569);
    expect(Math.abs(multiplyAdds / 575e6 - 1)).toBeLessThan(0.012);
  });
});
