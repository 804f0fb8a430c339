/** The flow of information in the small: what must hold of any network. */
import { beforeAll, describe, expect, it } from "vitest";
import type { FlowResult } from "../../src/experiments/information-flow/values.ts";
import { expectSound, type QuickRun, quickRun } from "./quick-run.ts";

let run: QuickRun;
let result: FlowResult;

beforeAll(async () => {
  run = await quickRun("information-flow");
  result = run.result as FlowResult;
}, 600_000);

describe("ranks inside trained networks", () => {
  it("are kept, drawn and told", { timeout: 120_000 }, () => expectSound(run));

  it("lie between 0 and the channels that are alive", () => {
    for (const { value } of result.parts) {
      for (const { rank, dead, channels } of value.maps) {
        expect(rank).toBeGreaterThan(0);
        // Four digits are kept.
        expect(rank).toBeLessThanOrEqual((channels - dead) * 1.0005);
      }
    }
  });

  it("of what is expanded are at most the bottleneck's channels before ReLU6", () => {
    for (const { value } of result.parts) {
      for (const { place, rank, channels } of value.maps) {
        // The expansion is linear in a sixth as many channels; what rounding adds is a ten-thousandth.
        if (place === "expanded") expect(rank).toBeLessThanOrEqual((channels / 6) * 1.01);
      }
    }
  });

  it("come with the channels of every expansion that ReLU6 passes on", () => {
    for (const { name, value } of result.parts) {
      expect([name, value.active.map(({ block }) => block)]).toEqual([
        name,
        result.settings.blocks.filter((block) => block > 0),
      ]);
      for (const { channels, threshold, positive, open, below } of value.active) {
        // An expansion has six times its input's channels.
        expect(channels).toBe(6 * threshold);
        expect(positive.most).toBeLessThanOrEqual(channels);
        for (const { least, mean, most } of [positive, open]) {
          expect(least).toBeLessThanOrEqual(mean);
          expect(mean).toBeLessThanOrEqual(most);
        }
        expect(open.mean).toBeLessThanOrEqual(positive.mean);
        expect(below > 0).toBe(open.least < threshold);
      }
    }
  });

  it("have half of their channels positive before training", () => {
    for (let run = 1; run <= result.settings.seeds; run++) {
      const { value } = result.parts.find(({ name }) => name === `untrained/${run}`)!;
      for (const { positive, channels } of value.active) {
        // Normalised values above their mean: half, but for how skewed they are. A share of a skewed
        // distribution above its mean is a quarter or more unless few values carry all of it.
        expect(positive.mean / channels).toBeGreaterThan(0.25);
        expect(positive.mean / channels).toBeLessThan(0.75);
      }
    }
  });

  it("are of the bottleneck's ReLU6 in the network that has one", () => {
    const has = (name: string) =>
      result.parts
        .find((part) => part.name === name)!
        .value.maps.some(({ place }) => place === "projected-relu6");
    expect([has("base/1"), has("nonlinear/1"), has("no-shortcut/1")]).toEqual([false, true, false]);
  });
});
