import { mkdir, rm } from "node:fs/promises";
import { expect, it } from "vitest";
import { dataFolder } from "../../../test/data-folder.ts";
import { readEpochs, writeEpochs } from "./epochs-node.ts";

const { at, put } = dataFolder();

it("are read as they were written, and nothing where there are none", async () => {
  expect(await readEpochs(at())).toBeUndefined();
  const epochs = [
    { loss: 2.25, accuracy: 0.1 },
    { loss: 0, accuracy: 1 },
  ];
  await writeEpochs(at(), epochs);
  expect(await readEpochs(at())).toEqual(epochs);
});

it("that are damaged are named, with what to do", async () => {
  const whole = JSON.stringify([{ loss: 2.25, accuracy: 0.1 }]);
  for (const [text, received] of [
    ["", "an empty file"],
    [whole.slice(0, -3), /^\d+ bytes that begin with/],
    ["{}", "{}"],
    ["[null]", "null"],
    [whole.replace("0.1", "1.5"), /1\.5/],
    [whole.replace("2.25", "-1"), /-1/],
    [whole.replace("loss", "lost"), /lost/],
  ] as const) {
    await put("epochs.json", text);
    await expect(readEpochs(at())).rejects.toMatchObject({
      ...{ code: "io", node: at("epochs.json"), remedy: expect.stringMatching(/trained anew/) },
      received: typeof received === "string" ? received : expect.stringMatching(received),
    });
  }
  await rm(at("epochs.json"));
  await mkdir(at("epochs.json"));
  await expect(readEpochs(at())).rejects.toMatchObject({ code: "io", received: "a folder" });
});
