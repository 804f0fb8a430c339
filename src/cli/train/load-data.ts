/** From `--data` to pictures. */
import type { DataSet, Pictures } from "../../data/pictures.ts";
import { MobileNetError } from "../../errors.ts";
import type { PullOptions } from "../../hub/pull-node.ts";
import { type PictureLimits, pickLimits } from "../../image/limits.ts";
import type { downloadProgress } from "../load-model.ts";
import { UsageError } from "../usage-error.ts";

type Loading = Pick<ReturnType<typeof downloadProgress>, "onProgress" | "onWarning"> & {
  readonly signal: AbortSignal;
} & PictureLimits;

/** The data sets that are downloaded by their names. */
export type PublishedName = "cifar10" | "mnist";

/** Whether a data set is named, not a folder. */
export function isPublishedData(name: string): name is PublishedName {
  return name === "cifar10" || name === "mnist";
}

/** A data set by its name. */
export async function loadPublished(
  name: PublishedName,
  options: Pick<PullOptions, "onProgress" | "onWarning" | "signal">,
): Promise<DataSet> {
  const published = await import("../../data/published-node.ts");
  // Published pictures are small and alike: nothing else is asked of them.
  const { onProgress, onWarning, signal } = options;
  const load = name === "mnist" ? published.mnistDataSet : published.cifar10DataSet;
  return load({ onProgress, onWarning, signal });
}

/** The data set that is meant: a published one, a list or a folder. */
export async function loadData(name: string, seed: number, options: Loading): Promise<DataSet> {
  if (isPublishedData(name)) return loadPublished(name, options);
  const { signal, onWarning } = options;
  const [{ folderDataSet }, { listDataSet }] = await Promise.all([
    import("../../data/folder-node.ts"),
    import("../../data/list-node.ts"),
  ]);
  const load = /\.(?:csv|tsv|txt|json)$/i.test(name) ? listDataSet : folderDataSet;
  try {
    return await load(name, { ...pickLimits(options), seed, signal, onWarning });
  } catch (error) {
    const missing = error instanceof MobileNetError && error.code === "not-found";
    throw missing ? new UsageError(error.message, { cause: error }) : error;
  }
}

/** So many pictures of each part, drawn from all classes. */
export async function limited<Label>(
  set: DataSet<Label>,
  most: number | undefined,
  seed: number,
): Promise<DataSet<Label>> {
  if (most === undefined) return set;
  const { somePictures } = await import("../../data/pictures.ts");
  const some = (part: Pictures<Label>) => somePictures(part, most, seed);
  const { training, validation, test } = set;
  return {
    ...{ ...set, training: some(training), validation: some(validation) },
    ...(test && { test: some(test) }),
  };
}
