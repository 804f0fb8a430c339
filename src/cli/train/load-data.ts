/** From `--data` to pictures. */
import type { DataSet, Pictures } from "../../data/pictures.ts";
import { kindOf } from "../../disk/read-node.ts";
import { MobileNetError } from "../../errors.ts";
import type { PullOptions } from "../../hub/pull-node.ts";
import { type PictureLimits, pickLimits } from "../../image/limits.ts";
import { quote } from "../../untrusted.ts";
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
  const isList = /\.(?:csv|tsv|txt|json)$/i.test(name);
  const load = isList ? listDataSet : folderDataSet;
  try {
    if (!isList && (await kindOf(name)) === "folder") await refuseMasks(name, signal);
    return await load(name, { ...pickLimits(options), seed, signal, onWarning });
  } catch (error) {
    if (!(error instanceof MobileNetError) || error instanceof UsageError) throw error;
    if (error.code === "not-found") throw new UsageError(error.message, { cause: error });
    if (!isList && error.code !== "io") await tellOfBoxes(name, { signal, cause: error });
    throw error;
  }
}

/** Refuses pictures and masks, whose folders would pass for two classes. */
async function refuseMasks(folder: string, signal: AbortSignal): Promise<void> {
  const [{ maskFormats }, { FolderView }] = await Promise.all([
    import("../../data/mask-formats-node.ts"),
    import("../../data/folder-view-node.ts"),
  ]);
  const view = new FolderView(folder, signal);
  for (const { pairs, holds } of maskFormats) {
    const [pair] = await pairs(view);
    // A folder that is called mask may be a class; one beside folders of pictures is none.
    if (pair === undefined || pair.pictures === "") continue;
    throw new UsageError("the folder has pictures with masks", {
      node: folder,
      expected: "a folder of pictures for each class",
      received:
        pair.pictures === pair.notes
          ? `${pair.pictures} with ${holds}`
          : `${pair.pictures} and ${pair.notes}`,
      remedy: "Say --task segment to learn them; rename the folders where they are classes.",
    });
  }
}

/** Says what to do with boxes where no class folders were found. */
async function tellOfBoxes(
  folder: string,
  { signal, cause }: { readonly signal: AbortSignal; readonly cause: MobileNetError },
): Promise<void> {
  const [{ detectionFormats }, { FolderView }] = await Promise.all([
    import("../../data/detection-formats-node.ts"),
    import("../../data/folder-view-node.ts"),
  ]);
  const view = new FolderView(folder, signal);
  for (const { name, recognise } of detectionFormats) {
    const by = await recognise(view);
    if (by === undefined) continue;
    throw new UsageError("the folder has pictures with boxes, and no folder for each class", {
      node: folder,
      expected: "a folder of pictures for each class",
      received: `${name} (${quote(by)})`,
      remedy: "Say --task detect to learn them.",
      cause,
    });
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
