/** Damaged graphs end in the one error, at once and within what the file may take. */

import { describe, expect, it } from "vitest";
import { MobileNetError } from "../../src/errors.ts";
import type { ModelFiles } from "../../src/formats/files.ts";
import { Random } from "../../src/random.ts";
import { inputs } from "../fuzz.ts";
import { openBytes } from "../open-bytes.ts";
import { detectorFile } from "./detector-file.ts";
import { graphCases } from "./graph-cases.ts";
import { GraphFile, window } from "./graph-file.ts";

/** What a JSON value may become. */
const others: readonly unknown[] = [
  ...[null, undefined, 0, -1, 1e9, 2 ** 53, 1e308, "", "x", "-1", "999999999", true, [], {}],
  ...[
    { list: { i: ["1", "0", "0", "1"] } },
    { i: "1e99" },
    { s: "////" },
    { s: [1e9] },
    "image",
    "end:7",
  ],
];

/** The same JSON with one to three of its values replaced, taken away or swapped. */
function mutated(json: unknown, random: Random): unknown {
  const copy = JSON.parse(JSON.stringify(json)) as Record<string, unknown>;
  const places: [Record<string, unknown>, string][] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const key of Object.keys(value)) {
      places.push([value as Record<string, unknown>, key]);
      visit((value as Record<string, unknown>)[key]);
    }
  };
  visit(copy);
  for (let i = 0; i <= random.integer(3); i++) {
    const [object, key] = places[random.integer(places.length)]!;
    const [other, otherKey] = places[random.integer(places.length)]!;
    const kind = random.integer(3);
    // Copies: what is put in may be changed by the next change.
    if (kind === 0) object[key] = structuredClone(others[random.integer(others.length)]);
    else if (kind === 1) delete object[key];
    else {
      const value = other[otherKey];
      // Deep copies: what holds itself is no JSON.
      object[key] = value === undefined ? undefined : JSON.parse(JSON.stringify(value));
    }
  }
  return copy;
}

/** What opening throws. How long it may take is the test's own limit of time. */
async function outcome(files: ModelFiles): Promise<unknown> {
  return await openBytes(files, "mine").then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
}

describe("a damaged graph", () => {
  const wholes = [
    ...graphCases.map(({ file }) => file.files()),
    ...[true, false].map((lists) => detectorFile({ lists }).files()),
  ];

  it.each(wholes.map((files, i) => [graphCases[i]?.name ?? "a detector", files] as const))(
    "is refused by the one error or read: %s",
    async (_, files) => {
      const random = new Random(7, files.get("model.json")!.length);
      const json: unknown = JSON.parse(new TextDecoder().decode(files.get("model.json")));
      for (let round = 0; round < inputs(30, wholes.length); round++) {
        const text = JSON.stringify(mutated(json, random));
        const damaged = new Map(files).set("model.json", new TextEncoder().encode(text));
        const error = await outcome(damaged);
        if (error !== undefined && !(error instanceof MobileNetError)) throw error;
        expect((error as MobileNetError | undefined)?.code).not.toBe("internal");
      }
    },
  );

  it("makes no more numbers of constants than the file may take", async () => {
    for (const build of [
      (graph: GraphFile) =>
        graph.op("Fill", "x", [graph.integers("n", [3e4, 3e4]), graph.integers("v", 1)]),
      (graph: GraphFile) =>
        graph.op("Range", "x", [
          graph.integers("a", 0),
          graph.integers("b", 2e9),
          graph.integers("c", 1),
        ]),
      (graph: GraphFile) =>
        graph.op("Tile", "x", [graph.integers("a", [1, 2]), graph.integers("n", 2e9)]),
      (graph: GraphFile) => {
        let sum = graph.seeded("s", [1000, 1]);
        const turned = graph.seeded("t", [1, 1000]);
        for (let i = 0; i < 50; i++) sum = graph.op("AddV2", `sum${i}`, [sum, turned]);
        return sum;
      },
    ]) {
      const graph = new GraphFile();
      const map = graph.op(
        "Conv2D",
        "map",
        [graph.input([1, 8, 8, 3]), graph.seeded("f", [1, 1, 3, 2])],
        window("SAME"),
      );
      graph.op("AddV2", "end", [map, build(graph)]);
      const error = await outcome(graph.files());
      expect(error).toMatchObject({
        code: "invalid-model",
        message: expect.stringMatching(/far more/),
      });
    }
  });

  /** A graph whose map is followed by what is made of constants alone. */
  function withConstants(build: (graph: GraphFile) => string): ModelFiles {
    const graph = new GraphFile();
    const filters = graph.seeded("f", [1, 1, 3, 2]);
    const map = graph.op("Conv2D", "map", [graph.input([1, 8, 8, 3]), filters], window("SAME"));
    graph.op("AddV2", "end", [map, build(graph)]);
    return graph.files();
  }

  /** No numbers under a vast shape, whatever the file's size. */
  const vast = (graph: GraphFile): string =>
    graph.op("Reshape", "vast", [
      graph.constant("nothing", [0], []),
      graph.integers("to", [2 ** 30, 0]),
    ]);

  it.each<[string, (graph: GraphFile) => string]>([
    [
      "Tile of nothing",
      (graph) =>
        graph.op("Tile", "x", [graph.constant("a", [0], []), graph.integers("n", [2 ** 30])]),
    ],
    [
      "BroadcastTo against axes of its own",
      (graph) =>
        graph.op("BroadcastTo", "x", [
          graph.seeded("a", [30_000, 1]),
          graph.integers("n", [30_000]),
        ]),
    ],
    [
      "Sum over nothing",
      (graph) => graph.op("Sum", "x", [vast(graph), graph.integers("axes", [1])]),
    ],
    [
      "Split of nothing",
      (graph) =>
        graph.op("Split", "x", [graph.integers("axis", 0), vast(graph)], {
          num_split: { int: 2 ** 30 },
        }),
    ],
    [
      "ConcatV2 of nothing",
      (graph) => {
        const nothing = vast(graph);
        return graph.op("ConcatV2", "x", [nothing, nothing, graph.integers("axis", 1)]);
      },
    ],
    [
      "AddN of many numbers and a large map",
      (graph) => {
        const one = graph.seeded("one", [1]);
        const many = new Array<string>(2000).fill(one);
        return graph.op("AddN", "x", [graph.seeded("a", [100_000]), ...many]);
      },
    ],
    [
      "Fill by a long shape, again and again",
      (graph) => {
        const shape = graph.constant("n", [200_000], new Int32Array(200_000).fill(1), "int32");
        const value = graph.integers("v", 1);
        const filled = Array.from({ length: 2000 }, (_, i) =>
          graph.op("Fill", `fill${i}`, [shape, value]),
        );
        return graph.op("Pack", "x", filled, { axis: { int: 0 } });
      },
    ],
  ])("costs what its constants are walked for: %s", async (_, build) => {
    const error = await outcome(withConstants(build));
    expect(error).toMatchObject({
      code: "invalid-model",
      message: expect.stringMatching(/far more|do not fit/),
    });
  });

  it.each<[string, (graph: GraphFile) => string]>([
    [
      "Tile by -1",
      (graph) => graph.op("Tile", "x", [graph.integers("a", [1, 2]), graph.integers("n", [-1])]),
    ],
    [
      "Tile by one and a half",
      (graph) =>
        graph.op("Tile", "x", [graph.integers("a", [1, 2]), graph.constant("n", [1], [1.5])]),
    ],
    [
      "Tile of fewer axes than there are",
      (graph) => graph.op("Tile", "x", [graph.seeded("a", [1, 2]), graph.integers("n", [1])]),
    ],
    [
      "Fill of a negative size",
      (graph) => graph.op("Fill", "x", [graph.integers("n", [-1, 0]), graph.integers("v", 1)]),
    ],
    [
      "BroadcastTo a negative size",
      (graph) =>
        graph.op("BroadcastTo", "x", [graph.integers("a", [1]), graph.integers("n", [-1])]),
    ],
    [
      "Reshape to parts of a value",
      (graph) =>
        graph.op("Reshape", "x", [graph.integers("a", [1]), graph.constant("n", [2], [0.5, 2])]),
    ],
    [
      "StridedSlice by the smallest step",
      (graph) =>
        graph.op("StridedSlice", "x", [
          graph.integers("a", [1, 2]),
          graph.integers("from", [0]),
          graph.integers("to", [2]),
          graph.constant("by", [1], [1e-45]),
        ]),
    ],
    [
      "Pack of other ranks",
      (graph) =>
        graph.op("Pack", "x", [graph.integers("a", [1, 2]), graph.integers("b", 1)], {
          axis: { int: 1 },
        }),
    ],
    [
      "Sum over an axis that is not there",
      (graph) => graph.op("Sum", "x", [graph.integers("a", [1, 2]), graph.integers("axes", [3])]),
    ],
    [
      "GatherV2 by batches",
      (graph) =>
        graph.op(
          "GatherV2",
          "x",
          [graph.integers("a", [1, 2]), graph.integers("at", [0, 1]), graph.integers("axis", 0)],
          { batch_dims: { int: 1 } },
        ),
    ],
  ])("refuses constants that do not fit: %s", async (_, build) => {
    const error = await outcome(withConstants(build));
    expect(error).toMatchObject({
      code: "invalid-model",
      message: expect.stringMatching(/do not fit/),
    });
  });

  it("has no more classes than there are names for", async () => {
    const graph = new GraphFile();
    const map = graph.op(
      "Conv2D",
      "map",
      [graph.input([1, 8, 500_000_000, 3]), graph.seeded("f", [1, 1, 3, 2])],
      window("SAME"),
    );
    graph.op("Transpose", "end", [map, graph.integers("order", [0, 1, 3, 2])]);
    const error = await outcome(graph.files());
    expect(error).toMatchObject({
      code: "unsupported",
      message: expect.stringMatching(/classes/),
    });
  });

  it("may not need itself, and may be long", async () => {
    const graph = new GraphFile();
    const map = graph.op(
      "Conv2D",
      "map",
      [graph.input([1, 8, 8, 3]), graph.seeded("f", [1, 1, 3, 2])],
      window("SAME"),
    );
    graph.op("Relu", "a", ["b"]);
    graph.op("Relu", "b", ["a"]);
    graph.op("AddV2", "end", [map, "a"]);
    const error = await outcome(graph.files());
    expect(error).toMatchObject({
      code: "invalid-model",
      message: expect.stringMatching(/itself/),
    });
    const long = new GraphFile();
    let last = long.op(
      "Conv2D",
      "map",
      [long.input([1, 8, 8, 3]), long.seeded("f", [1, 1, 3, 2])],
      window("SAME"),
    );
    for (let i = 0; i < 20_000; i++) last = long.op("Identity", `same${i}`, [last]);
    expect(await outcome(long.files())).toBeUndefined();
  });
});
