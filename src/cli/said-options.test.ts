import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { MobileNetError } from "../errors.ts";
import { modelOptionNames, requireRead } from "../formats/model-options.ts";
import { parseArguments } from "./arguments.ts";
import { commands } from "./commands.ts";
import { assumedWords, cliFlag, inFlags, readSaid, saidOptions } from "./said-options.ts";
import { aboutFrom } from "./train/options.ts";
import { UsageError } from "./usage-error.ts";

const said = (...args: string[]) => readSaid(parseArguments(args, saidOptions).values);

describe("what is said about a model", () => {
  it("becomes the library's options, and nothing what was not said", async () => {
    expect(await said()).toEqual({});
    const args = "--range 0..255 --resolution 96 --crop --grey --padding symmetric --epsilon 1e-5";
    const limits = "--output-stride 8 --max-activation-bytes 1e6 --max-multiply-adds 1e7";
    expect(await said(...args.split(" "), ...limits.split(" "))).toEqual({
      ...{ range: "0..255", resolution: 96, crop: true, grey: true },
      ...{ padding: "symmetric", epsilon: 1e-5, outputStride: 8 },
      ...{ maxActivationBytes: 1e6, maxMultiplyAdds: 1e7 },
    });
  });

  it.each([[["--range", "-1..1"]], [["--range=-1..1"]]])(
    "has a range that begins with a minus: %j",
    async (args) => {
      expect(await said(...args)).toEqual({ range: "-1..1" });
    },
  );

  it.each([
    ["96", 96],
    ["96x128", [96, 128]],
    ["96×128", [96, 128]],
  ])("has a size: %s", async (text, resolution) => {
    expect(await said("--resolution", text)).toEqual({ resolution });
  });

  it.each(["0", "x96", "1x2x3", "96x", "1.5", "9999"])("has no size %s", (text) => {
    expect(() => parseArguments(["--resolution", text], saidOptions)).toThrow(UsageError);
  });

  it("has labels in a file, which is a matter of the call where it is missing", async () => {
    const folder = mkdtempSync(join(tmpdir(), "said-"));
    try {
      const path = join(folder, "names");
      writeFileSync(path, "ant\nbee\n");
      const bytes = new Uint8Array(Buffer.from("ant\nbee\n"));
      const { labels } = await said("--labels", path);
      expect(labels).toMatchObject({ path });
      expect([...(labels as { bytes: Uint8Array }).bytes]).toEqual([...bytes]);
      await expect(said("--labels", join(folder, "other"))).rejects.toBeInstanceOf(UsageError);
      await expect(said("--labels", folder)).rejects.toBeInstanceOf(UsageError);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("has an option for all that the library takes but a whole preset", () => {
    const names = Object.keys(modelOptionNames).filter((name) => cliFlag(name) === undefined);
    expect(names).toEqual(["preprocess"]);
    expect(cliFlag("maxActivationBytes")).toBe("--max-activation-bytes");
  });

  it("can be said to every command that loads a model", async () => {
    const loaded = commands.filter(
      // An experiment loads what it is about, the files of a server's several models speak for
      // themselves, and a worker's jobs say what was said when they were begun.
      ({ name }) => !["models", "experiment", "serve", "worker"].includes(name),
    );
    for (const { name, load } of loaded) {
      const { options } = await load();
      const missing = Object.keys(saidOptions).filter((option) => !Object.hasOwn(options, option));
      const own = name === "train" ? ["labels"] : [];
      expect([name, missing]).toEqual([name, own]);
    }
    expect(aboutFrom.every((option) => Object.hasOwn(saidOptions, option))).toBe(true);
  });
});

describe("the words of the command line", () => {
  it("say what was assumed in one line, with the option that says otherwise", () => {
    const text = assumedWords([
      { about: "range", assumed: "bytes become −1 to 1", option: "range" },
      { about: "head", assumed: "outputs are logits" },
    ]);
    expect(text).toBe(
      "the file does not say, so assumed: bytes become −1 to 1 (--range); outputs are logits",
    );
  });

  it("name options as they are written here", () => {
    const memory = new MobileNetError("memory", "too much", {
      remedy: "Give the option maxActivationBytes if that is right.",
    });
    const worded = inFlags(memory, "mine");
    expect([worded.code, worded.message]).toEqual([
      "memory",
      "too much. Give --max-activation-bytes if that is right.",
    ]);
    const other = new MobileNetError("invalid-model", "the option is bad");
    expect(inFlags(other, "mine")).toBe(other);
  });

  it("refuse what a model settles itself as a matter of the call", () => {
    let error: unknown;
    try {
      requireRead({ outputStride: 8 }, ["labels"], "mine, a TensorFlow Lite file");
    } catch (thrown) {
      error = inFlags(thrown as MobileNetError, "mine");
    }
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).message).toBe(
      "--output-stride cannot be said of mine, a TensorFlow Lite file. Leave it out: the model settles that itself.",
    );
  });
});
