import { expect, it } from "vitest";
import { dataFolder } from "../../../test/data-folder.ts";
import { pathsFile, readRunPaths, writeRunPaths } from "./run-paths.ts";

const { at, put } = dataFolder();

it("a run's paths are read as they were given, wherever the reader stands", async () => {
  const data = await put("pictures/a.txt", "");
  await writeRunPaths(at(), { data, from: "imagenet", seed: 7 });
  expect(await readRunPaths(at())).toEqual({ data, from: "imagenet" });
  expect(await readRunPaths(at("nowhere"))).toEqual({});
});

it("a damaged file of them is named, with what to do", async () => {
  for (const text of ["", '{"data": "pic', "[]", '{"data": 5}', '{"out": "model"}']) {
    await put(pathsFile, text);
    await expect(readRunPaths(at())).rejects.toMatchObject({
      ...{ code: "io", node: at(pathsFile), remedy: expect.stringMatching(/name --data/) },
    });
  }
});
