/** What is said at the start of a run of boxes, masks or several classes: among it, how long it will take. */
import { describe, expect, it } from "vitest";
import type { Pictures } from "../../data/pictures.ts";
import { parseArguments } from "../arguments.ts";
import type { CheckedCall } from "./check-usage.ts";
import { chooseStart } from "./choose-start.ts";
import { estimateRun } from "./describe-data.ts";
import { trainOptions } from "./options.ts";
import type { TrainSource } from "./train-task.ts";

const { signal } = new AbortController();
const few = ["--width", "0.1", "--threads", "1"];

function part<Label>(count: number, label: Label): Pictures<Label> {
  const picture = { width: 8, height: 8, data: new Uint8Array(192) };
  return { count, name: String, label: () => label, picture: async () => picture };
}

function setOf<Label>(label: Label, count = 6) {
  const [training, validation] = [part(count, label), part(2, label)];
  return { name: "toy", classes: ["a", "b"], training, validation };
}

function source(args: readonly string[], settled = false): TrainSource {
  const { values } = parseArguments([...few, ...args], trainOptions);
  const call: Partial<CheckedCall> = { values, settled };
  const load = () => Promise.reject(new Error("nothing is loaded"));
  return { call, reading: { signal }, load } as unknown as TrainSource;
}

const mask = { readMask: () => ({ width: 8, height: 8, classMap: new Uint8Array(64) }) };
const resolution = [64, 64] as const;

describe("the start of a run", () => {
  it("says for every task about how long it takes", async () => {
    const usual = { resolution, settings: {} };
    const starts = [
      chooseStart(source([]), { task: "detect", set: setOf([]), recipe: "detect", ...usual }),
      chooseStart(source([]), { task: "segment", set: setOf(mask), recipe: "segment", ...usual }),
      chooseStart(source([]), { task: "multi-label", set: setOf([0]), recipe: "few", ...usual }),
    ];
    for (const { said } of await Promise.all(starts)) {
      expect(said).toMatch(
        /^chosen: from scratch, 64 × 64, recipe \S+, about \d+ (?:seconds|minutes|hours); --from, --resolution and --recipe say otherwise$/,
      );
    }
  });

  it("says nothing where all was told or goes on", async () => {
    const usual = { task: "detect", set: setOf([]), recipe: "detect", resolution, settings: {} };
    const told = ["--from", "scratch", "--resolution", "64", "--recipe", "detect"];
    for (const given of [source(told), source([], true)]) {
      expect(await chooseStart(given, usual as never)).toMatchObject({
        said: undefined,
        chosen: {},
      });
    }
  });

  it("grows with what there is to do", async () => {
    const timed = (count: number, args: readonly string[]) => {
      const { values } = parseArguments([...few, ...args], trainOptions);
      const run = { task: "detect", set: setOf([], count), from: undefined, settings: {} } as const;
      return estimateRun({ ...run, values: { ...values, recipe: "detect" }, signal });
    };
    // Two million pictures a run: what the machine does beside cannot hide a factor of a hundred.
    const base = await timed(1000, ["--resolution", "64", "--epochs", "20"]);
    expect(await timed(100_000, ["--resolution", "64", "--epochs", "20"])).toBeGreaterThan(
      5 * base,
    );
    expect(await timed(1000, ["--resolution", "64", "--epochs", "2000"])).toBeGreaterThan(5 * base);
    expect(await timed(1000, ["--resolution", "640", "--epochs", "20"])).toBeGreaterThan(5 * base);
  });
});
