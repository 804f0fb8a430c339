/** The verdicts on figure 7, each from numbers that say the opposite, too. */
import { describe, expect, it } from "vitest";
import { informationFlow } from "./information-flow.ts";
import type { ActiveChannels, FlowResult } from "./values.ts";

/** What a made-up layer of 48 channels behind 8 has. */
interface Layer {
  readonly mean: number;
  readonly deviation?: number;
  readonly least?: number;
  readonly below?: number;
}

const [channels, threshold] = [48, 8];

function layers(each: readonly Layer[]): readonly ActiveChannels[] {
  return each.map(({ mean, deviation = 4, least = 1, below = 0 }, i) => {
    const count = { least, mean, most: channels, deviation };
    return { block: i + 1, channels, threshold, positive: count, open: count, below };
  });
}

const four = (layer: Layer): readonly Layer[] => [layer, layer, layer, layer];

/** The section of two runs; each run's layers. */
function told(
  untrained: readonly (readonly Layer[])[],
  trained: readonly (readonly Layer[])[],
): string {
  const part = (name: string, of: readonly Layer[]) => {
    return { name, milliseconds: 1, value: { maps: [], active: layers(of) } };
  };
  const { training, ...settings } = informationFlow.settings(true) as FlowResult["settings"];
  const result = {
    quick: false,
    settings: { ...settings, training, seeds: 2, blocks: [1, 2, 3, 4] },
    parts: [
      ...untrained.map((of, i) => part(`untrained/${i + 1}`, of)),
      ...trained.map((of, i) => part(`base/${i + 1}`, of)),
    ],
  } as unknown as FlowResult;
  return informationFlow.report(result as never);
}

const twice = (layer: Layer) => [four(layer), four(layer)];

describe("half of the channels before training", () => {
  it("agree or contradict by their share", () => {
    const like = (mean: number) => told(twice({ mean }), []);
    expect(like(24)).toContain("**Agrees with the paper**, which expects half of the channels");
    expect(like(12)).toContain("**Contradicts the paper**, which expects half of the channels");
    const mixed = told([four({ mean: 24 }), four({ mean: 12 })], []);
    expect(mixed).toContain("**These runs cannot tell**, which expects half");
  });
});

describe("the threshold", () => {
  const under = { mean: 7, least: 0 };
  const over = { mean: 20, least: 9 };

  it("is met by all but two layers, or is not", () => {
    const agrees = told(
      [],
      [
        [under, under, over, over],
        [over, over, over, over],
      ],
    );
    expect(agrees).toContain("**Agrees with the paper**, which finds all but two trained layers");
    expect(agrees).toContain("0 to 2 of 4 lie below it");
    const contradicts = told(
      [],
      [
        [under, under, under, over],
        [under, under, under, under],
      ],
    );
    expect(contradicts).toContain("**Contradicts the paper**, which finds all but two");
    const mixed = told([], [four(over), four(under)]);
    expect(mixed).toContain("**These runs cannot tell**, which finds all but two");
  });

  it("decides what is said of an expansion by the positions below it", () => {
    const with_ = (below: number) => told([], twice({ mean: 20, below }));
    expect(with_(0.001)).toContain("ReLU6 takes hardly anything away");
    expect(with_(0.2)).toContain("at most positions, not at all");
    expect(with_(0.8)).toContain("at most positions ReLU6 takes away some");
    expect(with_(0.8)).toContain("80.0 % of the positions");
  });
});

describe("the deviation", () => {
  it("grew, shrank, or neither in all runs that have both", () => {
    const from = (before: number, after: readonly [number, number]) =>
      told(
        twice({ mean: 24, deviation: before }),
        after.map((deviation) => four({ mean: 24, deviation })),
      );
    expect(from(4, [8, 8.1])).toContain("**Agrees with the paper**, which sees the deviation");
    expect(from(8, [4, 4.1])).toContain("**Contradicts the paper**, which sees the deviation");
    expect(from(6, [4, 8])).toContain("**These runs cannot tell**, which sees the deviation");
  });

  it("is compared run by run, not by place in a list with gaps", () => {
    expect(told([four({ mean: 24 })], [])).not.toContain("which sees the deviation");
  });
});

it("says nothing of what has not been counted", () => {
  const report = told([], []);
  expect(report).not.toMatch(/which expects half|which finds all but two|NaN|Infinity/);
});

describe("why a block expands first", () => {
  it("is answered by how often fewer channels than the input's are passed on", () => {
    const answer = (below: number) => {
      const part = { name: "base/1", milliseconds: 1 };
      const active = layers(four({ mean: 20, below }));
      const result = {
        settings: { ...(informationFlow.settings(true) as object), seeds: 1 },
        parts: [{ ...part, value: { maps: [], active } }],
      };
      return informationFlow.answers!(result as never)["expand-first"]?.words;
    };
    expect(answer(0)).toContain("ReLU6 takes hardly anything away");
    expect(answer(0.3)).toContain("at most positions, not at all: fewer than d' channels");
    expect(answer(0.7)).toContain("takes away some of what the block's input held");
  });
});
