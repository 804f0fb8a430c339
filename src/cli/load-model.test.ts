import { describe, expect, it } from "vitest";
import { MobileNetError } from "../errors.ts";
import { hubRecords } from "../hub/records.ts";
import type { Model } from "../models/model.ts";
import { WrongTaskError } from "../tasks/wrong-task.ts";
import { withModel } from "./load-model.ts";
import { chooseModel } from "./model-options.ts";
import { createTerminal } from "./terminal.ts";
import { UsageError } from "./usage-error.ts";

/** What a command ends with whose model cannot be loaded for a reason. */
async function loadingFailsWith(reason: unknown): Promise<unknown> {
  const stream = { write: () => undefined };
  const context = {
    values: { model: undefined, backend: undefined, threads: undefined },
    terminal: createTerminal(stream, stream, {}),
    signal: new AbortController().signal,
  };
  const work = withModel(context, {
    source: "mine",
    load: async () => {
      throw reason;
    },
    use: async () => undefined,
  });
  return await work.catch((error: unknown) => error);
}

describe("a model that is not there", () => {
  it.each(["./foo.tflite", "models/x", "foo.tflite", "/nowhere/model.json"])(
    "is a missing file where a path was meant: %s",
    async (source) => {
      const error = await chooseModel("classify", source).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(UsageError);
      expect((error as UsageError).message).toBe(
        `${source}: no such file or folder. Check the path; it starts in the working directory.`,
      );
    },
  );

  it("is one of the hub's names otherwise", async () => {
    await expect(chooseModel("classify", "imagenett")).rejects.toThrow(/no such model.*imagenet/);
  });
});

describe("a command's model", () => {
  it("is of the command's task: the error names commands instead of loaders", async () => {
    const model = { name: "mine", task: "detect" } as Model;
    const error = await loadingFailsWith(new WrongTaskError(model, "classify"));
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).message).toMatch(
      /mine does not fit this command: expected a classifier, received a detector/,
    );
    expect((error as UsageError).message).not.toContain("load");
  });

  it("says what else was wrong in its own words", async () => {
    const reason = new MobileNetError("invalid-argument", "bad number of threads");
    expect(await loadingFailsWith(reason)).toBe(reason);
  });

  it("is suggested where its name is misspelt, as the library suggests it", async () => {
    const work = chooseModel("detect", "ssdltie-coco");
    await expect(work).rejects.toBeInstanceOf(UsageError);
    await expect(work).rejects.toThrow("Did you mean ssdlite-coco?");
    for (const { name } of hubRecords) await expect(work).rejects.toThrow(name);
  });

  it("is no file address without a path", async () => {
    const work = chooseModel("classify", "file:///a%2Fb");
    await expect(work).rejects.toBeInstanceOf(MobileNetError);
  });
});
