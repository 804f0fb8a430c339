/** The options of a run that nobody gave: what is chosen, what is said, and what an option changes. */
import { describe, expect, it } from "vitest";
import type { DataSet } from "../../data/pictures.ts";
import { MobileNetError } from "../../errors.ts";
import { mobilenetV2 } from "../../models/mobilenet-v2.ts";
import type { Model } from "../../models/model.ts";
import { parseArguments } from "../arguments.ts";
import { chooseSettings, roundTime, starts } from "./choose-settings.ts";
import { trainOptions } from "./options.ts";

/** Pictures of two classes, so many of each, of such a size. */
function data(perClass: number, edge: number): DataSet {
  const part = (count: number) => ({
    count,
    name: String,
    label: (index: number) => index % 2,
    picture: async () => ({ width: edge, height: edge, data: new Uint8Array(3 * edge * edge) }),
  });
  return { name: "toy", classes: ["a", "b"], training: part(2 * perClass), validation: part(2) };
}

const model = (resolution: number): Model =>
  ({
    graph: mobilenetV2({ width: 0.35, resolution }),
    preprocess: { width: resolution, height: resolution },
  }) as unknown as Model;

/** Chooses for a command line, where only these models can be had. */
function choose(
  args: readonly string[],
  {
    set = data(8, 300),
    published,
    had = starts,
    settled = false,
  }: { set?: DataSet; published?: string; had?: readonly string[]; settled?: boolean } = {},
) {
  const { values } = parseArguments([...args, "--threads", "1"], trainOptions);
  const load = async (name: string): Promise<Model> => {
    if (had.includes(name)) return model(name === "cifar10" ? 128 : 224);
    throw new MobileNetError("network", "the model cannot be downloaded", {
      received: "getaddrinfo ENOTFOUND example.org",
    });
  };
  const { signal } = new AbortController();
  return chooseSettings({ set, published, values, settled, signal, load });
}

describe("what is chosen for a run", () => {
  it("is all of it where nothing is told, and is said in a line", async () => {
    const { values, said, chosen } = await choose([]);
    expect(values).toMatchObject({ from: "imagenet", freeze: "block_13", recipe: "few" });
    expect(said).toMatch(
      /^chosen: from imagenet, freeze block_13, 128², recipe few, about \d+ \w+; --from, --freeze, --resolution and --recipe say otherwise$/,
    );
    expect(chosen).toEqual({
      ...{ from: "imagenet", freeze: "block_13", resolution: 128, recipe: "few" },
    });
  });

  it("starts from the best weights that can be had, and says why", async () => {
    const { values, said } = await choose([], { had: ["ssdlite-coco"] });
    expect(values.from).toBe("ssdlite-coco");
    expect(said).toContain("from ssdlite-coco (imagenet cannot be had: getaddrinfo ENOTFOUND");
    const shipped = await choose([], { had: ["cifar10"] });
    expect(shipped.values).toMatchObject({ from: "cifar10", resolution: 128 });
  });

  it("leaves alone what is told", async () => {
    const told = ["--from", "mine", "--freeze", "head", "--resolution", "96", "--recipe", "few"];
    const { values, said, chosen } = await choose(told, { had: ["mine"] });
    expect(values).toMatchObject({ from: "mine", freeze: "head", resolution: 96, recipe: "few" });
    expect([said, chosen]).toEqual([undefined, {}]);
    const some = await choose(["--resolution", "96", "--epochs", "2"]);
    expect(some.said).not.toContain("--resolution");
    expect(some.values).toMatchObject({ resolution: 96, epochs: 2 });
    await expect(choose(["--from", "gone"], { had: [] })).rejects.toThrow("cannot be downloaded");
  });

  it("is a network from scratch for --width, recipes of such, published data and many small pictures", async () => {
    for (const [args, options] of [
      [["--width", "0.5"], {}],
      [["--from", "scratch"], {}],
      [["--recipe", "small"], {}],
      [[], { published: "cifar10" }],
      [[], { set: data(1000, 32) }],
    ] as const) {
      const { values, from } = await choose(args, options);
      expect(values).toMatchObject({ from: "scratch", recipe: "small" });
      expect(from).toBeUndefined();
    }
    const digits = await choose([], { published: "mnist" });
    expect(digits.values.recipe).toBe("digits");
    expect(digits.said).toMatch(
      /^chosen: from scratch.*recipe digits, about \d+ \w+; --from and --recipe say/,
    );
  });

  it("is nothing where a run goes on with its own options", async () => {
    const run = ["--from", "imagenet", "--recipe", "few", "--freeze", "block_13"];
    const { said, chosen } = await choose(run, { settled: true });
    expect([said, chosen]).toEqual([undefined, {}]);
  });
});

it("a guessed time is a round one", () => {
  const times = [
    [3, "10 seconds"],
    [47, "50 seconds"],
    [170, "3 minutes"],
    [9000, "3 hours"],
  ];
  for (const [seconds, words] of times) expect(roundTime(Number(seconds))).toBe(words);
});
