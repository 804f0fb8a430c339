/** Tables 5 and 6: SSD and SSDLite on MobileNetV2, with COCO's 80 classes at 320². */
import { describe, expect, it } from "vitest";
import { countCost } from "../../src/graph/cost.ts";
import { ssdlite } from "../../src/models/ssdlite.ts";
import { billions, millions, printAs } from "./published.ts";

const options = { resolution: 320, classes: 80 } as const;

/** What lies on top of the feature extractor: the extra layers and the predictors. */
function costOnTop(predictors: "separable" | "full"): {
  readonly parameters: number;
  readonly multiplyAdds: number;
} {
  const nodes = countCost(ssdlite({ ...options, predictors })).nodes.filter(({ name }) =>
    /^(extra|box|class)_/.test(name),
  );
  return {
    parameters: nodes.reduce((sum, node) => sum + node.parameters, 0),
    multiplyAdds: nodes.reduce((sum, node) => sum + node.multiplyAdds, 0),
  };
}

describe("table 5, extra layers and predictors alone", () => {
  it("SSD: 14.8 M parameters, 1.25 B multiply-adds (cut off)", () => {
    const { parameters, multiplyAdds } = costOnTop("full");
    expect(printAs(parameters, millions(1))).toBe(14.8);
    expect(printAs(multiplyAdds, billions(2, "truncated"))).toBe(1.25);
  });

  it("SSDLite: 2.1 M parameters; the printed 0.35 B is twice its multiply-adds", () => {
    const { parameters, multiplyAdds } = costOnTop("separable");
    expect(printAs(parameters, millions(1))).toBe(2.1);
    // Operations, a multiplication and an addition each counted, where the row above has pairs.
    expect(printAs(2 * multiplyAdds, billions(2, "truncated"))).toBe(0.35);
    expect(printAs(multiplyAdds, billions(3))).toBe(0.178);
  });

  it("SSDLite has a seventh of SSD's parameters and of its multiply-adds", () => {
    const [full, lite] = [costOnTop("full"), costOnTop("separable")];
    expect(full.parameters / lite.parameters).toBeCloseTo(7, 0);
    expect(full.multiplyAdds / lite.multiplyAdds).toBeCloseTo(7, 0);
  });
});

describe("table 6, the whole detector", () => {
  it("MobileNetV2 + SSDLite: 4.3 M parameters, 0.8 B multiply-adds", () => {
    const { parameters, multiplyAdds } = countCost(ssdlite(options));
    expect(printAs(parameters, millions(1))).toBe(4.3);
    expect(printAs(multiplyAdds, billions(1))).toBe(0.8);
  });
});
