/** Receptive fields, in the small: what must hold of any network of this kind. */
import { beforeAll, describe, expect, it } from "vitest";
import {
  measuredFields,
  type ReceptiveResult,
  thumbnailsOf,
} from "../../src/experiments/receptive-field/values.ts";
import { expectSound, type QuickRun, quickRun } from "./quick-run.ts";

let run: QuickRun;
let result: ReceptiveResult;

beforeAll(async () => {
  run = await quickRun("receptive-field");
  result = run.result as ReceptiveResult;
}, 240_000);

describe("receptive fields", () => {
  it("are kept, drawn and told", { timeout: 120_000 }, () => expectSound(run));

  it("hold half within 95 %, and that within what can matter", () => {
    for (const weights of ["trained", "random"] as const) {
      const fields = measuredFields(result, weights);
      expect(fields).toHaveLength(result.settings.blocks.length);
      for (const [, { half, most, theoretical }] of fields) {
        expect(half).toBeLessThanOrEqual(most);
        expect(most).toBeLessThanOrEqual(theoretical);
      }
    }
  });

  it("grow with the blocks", () => {
    const sizes = measuredFields(result, "trained").map(([, { most }]) => most);
    expect([...sizes].sort((a, b) => a - b)).toEqual(sizes);
  });

  it("come with maps of a photograph and of what speaks for its class", () => {
    expect(thumbnailsOf(result, "features")!.rows.length).toBeGreaterThan(2);
    const rows = thumbnailsOf(result, "activation")!.rows;
    expect(rows.map(([first]) => first!.title)).toEqual(["chelsea", "coffee"]);
  });
});
