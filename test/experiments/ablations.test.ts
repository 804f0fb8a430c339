/** Figure 6 in the small: that networks are trained alike and compared soundly, not who wins. */
import { beforeAll, describe, expect, it } from "vitest";
import { type AblationResult, variantFigures } from "../../src/experiments/ablations/values.ts";
import { expectSound, type QuickRun, quickRun } from "./quick-run.ts";

let run: QuickRun;
let result: AblationResult;

beforeAll(async () => {
  run = await quickRun("ablations");
  result = run.result as AblationResult;
}, 600_000);

describe("blocks with one thing changed", () => {
  it("are kept, drawn and told", { timeout: 120_000 }, () => expectSound(run));

  it("are trained for all epochs, as often as was said", () => {
    const { groups, seeds, training } = result.settings;
    expect(result.parts).toHaveLength(groups.flat().length * seeds);
    for (const { value } of result.parts) expect(value.epochs).toHaveLength(training.epochs);
  });

  it("are others in each run and in each network", () => {
    const curves = result.parts.map(({ value }) => JSON.stringify(value.epochs));
    expect(new Set(curves).size).toBe(curves.length);
  });

  it("learn", () => {
    const losses = result.parts.map(
      ({ value: { epochs } }) => epochs.at(-1)!.loss - epochs[0]!.loss,
    );
    expect(losses.reduce((sum, loss) => sum + loss, 0)).toBeLessThan(0);
  });

  it("are compared with the unchanged one run by run", () => {
    const [base, other] = [variantFigures(result, "base")!, variantFigures(result, "nonlinear")!];
    expect(base.comparison).toBeUndefined();
    const { mean } = other.comparison!.difference;
    expect(mean).toBeCloseTo(other.accuracy.mean - base.accuracy.mean, 12);
  });
});

describe("the verdict", () => {
  it("is told as it comes out, against the paper too", () => {
    const turned = result.parts.map((part) => {
      const isBase = part.name.startsWith("base/");
      const last = { loss: 1, accuracy: isBase ? 0.5 : 0.6 + 0.001 * Number(part.name.slice(-1)) };
      return { ...part, value: { ...part.value, epochs: [last] } };
    });
    const text = run.experiment.report({ ...result, parts: turned });
    expect(text).toContain("**Contradicts the paper**: the linear bottleneck less");
  });
});
