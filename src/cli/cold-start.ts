/**
 * A process of its own that measures one cold start: from importing the library to the first result,
 * with weights that are on the disk already. Its argument is a `ColdStart` as JSON; it prints
 * milliseconds.
 */
import { performance } from "node:perf_hooks";
import type { LoadOptions } from "../tasks/node.ts";
import type { Verb } from "../tasks/task-names.ts";
import type { ColdStart } from "./benchmark-run.ts";

const start = performance.now();
const { verb, loader, source, ...options } = JSON.parse(process.argv[2]!) as ColdStart;
const library = await import("../index.ts");
const grey = { width: 64, height: 64, data: new Uint8Array(64 * 64 * 3).fill(128) };
const model = await library[loader](source, options as LoadOptions);
// Its loader gave it the verb, which the type of all loaders together loses.
await (model as unknown as Record<Verb, (image: object) => Promise<unknown>>)[verb](grey);
process.stdout.write(`${performance.now() - start}`, () => process.exit());
