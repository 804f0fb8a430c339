/** Inspection in Node: models come from where the loaders have them. */
import type { ModelBytes } from "../formats/files.ts";
import type { Model } from "../models/model.ts";
import { checkOptions } from "../option-names.ts";
import { locate, type ResolveOptions, resolveOptionNames } from "../tasks/node.ts";
import type { Inspection } from "./inspection.ts";

/**
 * Says what a model is: format and origin, task, input and outputs, the range of its input and where
 * that is said, labels, operations, size, what can be made of it, and what was assumed because its
 * files are silent. A file that cannot be used is told of as far as it speaks for itself, with the
 * reason as `problem`.
 *
 * @param source - A name of the hub, a path, a URL, a folder's files as bytes, or a model.
 * @param options - As a loader's, about a model whose files do not say it all.
 * @throws MobileNetError `not-found`, `io`, `network` or `integrity` where the files cannot be had,
 *   `unsupported` where they are of no known format, `invalid-argument` for an option that is unknown
 *   or that the files settle, `aborted`.
 *
 * @example
 * ```ts
 * const { task, inputs, labels, range, can } = await inspectModel("cifar10");
 * [task, inputs[0].shape, labels.count]; // ["classify", [1, 128, 128, 3], 10]
 * [range.name, range.source]; // ["-1..1", "the hub's record"]
 * can.train.possible; // true
 * ```
 */
export async function inspectModel(
  source: string | ModelBytes | Model,
  options: ResolveOptions = {},
): Promise<Inspection> {
  checkOptions(options, resolveOptionNames, "inspectModel");
  // Loaded when it is called: most programs only run models.
  const { inspectSource } = await import("./inspect-model.ts");
  return await inspectSource(source, options, (files) => locate("inspectModel", files, options));
}
