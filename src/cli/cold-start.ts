/**
 * A process of its own that measures one cold start: from importing the library to the first result,
 * with weights that are on the disk already. Its argument is a `ColdStart` as JSON; it prints
 * milliseconds.
 */
import { performance } from "node:perf_hooks";
import type { LoadOptions } from "../tasks/node.ts";
import type { ColdStart } from "./benchmark-run.ts";

const start = performance.now();
const { task, source, ...options } = JSON.parse(process.argv[2] as string) as ColdStart;
const library = await import("../index.ts");
const grey = { width: 64, height: 64, data: new Uint8Array(64 * 64 * 3).fill(128) };
await firstResult(options as LoadOptions);
process.stdout.write(`${performance.now() - start}`, () => process.exit());

async function firstResult(settings: LoadOptions): Promise<unknown> {
  switch (task) {
    case "classify":
      return (await library.loadClassifier(source, settings)).classify(grey);
    case "detect":
      return (await library.loadDetector(source, settings)).detect(grey);
    case "segment":
      return (await library.loadSegmenter(source, settings)).segment(grey);
  }
}
