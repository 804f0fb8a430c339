/** `mobilenetv2 similar`: copies among pictures, and the pictures that are nearest to one. */

import { dirname, relative, resolve, sep } from "node:path";
import { assumed, shortFloat } from "../../json/items.ts";
import type { ComparedPictures, SimilarOutput } from "../../json/similar.ts";
import type { Assumption } from "../../models/model.ts";
import type { PictureDescriber } from "../../similar/describer-node.ts";
import { type Command, type Context, defineCommand, outputOptions } from "../command.ts";
import { formatCount, formatPercent, plural } from "../format.ts";
import { findImages, folderNotes, type ImageSource } from "../images.ts";
import { writeJson } from "../json.ts";
import { withModel } from "../load-model.ts";
import { imagesArgument, modelSources, requireExisting, runOptions } from "../model-options.ts";
import { choice, damagedOption, number, text } from "../options.ts";
import { createProgress, silentProgress } from "../progress.ts";
import { noteSkipped, reportNote } from "../report.ts";
import { saidOptions } from "../said-options.ts";
import { readIndexFile, writeIndexFile } from "../similar-index.ts";
import { describeGroups, describeNearest } from "../similar-report.ts";
import { UsageError } from "../usage-error.ts";

const { threads, backend, turbo } = runOptions;

const options = {
  to: text({
    placeholder: "IMAGE",
    description: "The pictures that are nearest to this one, instead of all copies",
  }),
  by: choice(["layout", "content"], {
    description:
      "Compare where in the picture there is what (copies), or what is shown (neighbours)",
    shownDefault: "layout",
  }),
  threshold: number({
    placeholder: "T",
    from: -1,
    to: 1,
    short: "t",
    description: "Only pictures with at least this score; lower finds more",
    shownDefault: "0.7 by layout, 0.8 by content; with --to any",
  }),
  "top-k": number({
    placeholder: "N",
    short: "k",
    from: 1,
    to: 100_000,
    whole: true,
    description: "With --to: how many to show",
    shownDefault: "5",
  }),
  index: text({
    placeholder: "FILE",
    description: "Keep what is found out about the pictures there, for the next time",
  }),
  model: text({
    placeholder: "NAME|PATH|URL",
    short: "m",
    description: `A model ${modelSources}`,
    shownDefault: "cifar10, which needs no network; imagenet by content",
  }),
  damaged: damagedOption,
  threads,
  backend,
  turbo,
  ...saidOptions,
  ...outputOptions,
};

type SimilarContext = Context<typeof options>;

export const similarCommand: Command = defineCommand({
  positionals: [imagesArgument],
  options,
  examples: [
    { call: "similar photos/", effect: "Groups of copies: resized, recompressed, brightened." },
    { call: "similar photos/ --to photo.jpg", effect: "Is it there already? The nearest five." },
    {
      call: "similar photos/ --to photo.jpg --by content",
      effect: "Pictures that show the same kind of thing (downloads imagenet once).",
    },
    {
      call: "similar photos/ --index photos.index --json",
      effect: "Looks only at what is new since the last time; for a program.",
    },
  ],
  async run(context) {
    const { values, positionals } = context;
    if (values["top-k"] !== undefined && values.to === undefined) {
      throw new UsageError("--top-k is about --to", { remedy: "Name a picture with --to." });
    }
    if ([...positionals, values.to].includes("-")) {
      throw new UsageError("pictures to compare come from files, not from standard input", {
        received: "-",
      });
    }
    const notes = folderNotes(context);
    const images = await findImages(positionals, { onWarning: notes.keep });
    const { by = "layout", index: file } = values;
    const { describerModels, loadDescriber } = await import("../../similar/describer-node.ts");
    const source = values.model ?? describerModels[by];
    const { lookUpRecord } = await import("../../hub/lookup.ts");
    if (lookUpRecord(source) === undefined) await requireExisting(source);
    const previous = file === undefined ? undefined : await readIndexFile(file, context);
    notes.tell();
    await withModel(context, {
      source,
      load: async ({ threads, backend, ...reading }) => {
        const { loadModel } = await import("../../tasks/node.ts");
        const model = await loadModel(source, reading);
        const { signal, onWarning } = reading;
        const running = { threads, backend, signal, onWarning };
        const describer = await loadDescriber({ by, model, ...running });
        return Object.assign(describer, { assumptions: model.assumptions ?? [] });
      },
      use: (describer) => look(describer, images, context, previous),
    });
    return 0;
  },
});

/** Looks at what is new, compares, and says what was found. */
async function look(
  describer: PictureDescriber & { readonly assumptions: readonly Assumption[] },
  images: readonly ImageSource[],
  { values, terminal, signal }: SimilarContext,
  previous: Awaited<ReturnType<typeof readIndexFile>>,
): Promise<void> {
  const [{ indexPictures }, { copyThresholds, groupCopies, nearestPictures }] = await Promise.all([
    import("../../similar/describer-node.ts"),
    import("../../similar/search.ts"),
  ]);
  const { to, index: file } = values;
  // Names in the file start where it lies, so that both can move together.
  const base = file === undefined ? "." : dirname(resolve(file));
  const files = unique(images).map(({ path = "" }) => ({ path, name: below(base, path) }));
  const shown = new Map(files.map(({ name, path }) => [name, path]));
  const progress = values.quiet
    ? silentProgress
    : createProgress(terminal.err, { format: formatCount, patient: true });
  const { index, described, skipped } = await indexPictures(files, {
    ...{ describer, previous, damaged: values.damaged, signal },
    onProgress: ({ done, total }) => progress.update(done, total, "images"),
  }).finally(() => progress.clear());
  if (file !== undefined) await writeIndexFile(file, index, signal);
  const nameOf = (name: string): string => shown.get(name) ?? name;
  const left = skipped.map(({ name, error }) => ({ name: nameOf(name), error }));
  if (!values.quiet) noteSkipped(terminal, left, files.length);
  const { by, model } = describer.maker;
  const { assumptions } = describer;
  const copies = values.threshold ?? copyThresholds[by];
  const facts: ComparedPictures = {
    ...{ schemaVersion: 1, by, model, threshold: copies, pictures: index.pictures.length },
    ...{ described, skipped: left, ...assumed(assumptions) },
  };
  const { out } = terminal;
  if (to === undefined) {
    const found = await groupCopies(index, { threshold: copies, signal });
    const groups = found.map((group) =>
      group.map(({ name, bytes, score }) => ({
        image: nameOf(name),
        bytes,
        score: shortFloat(score),
      })),
    );
    if (values.json) writeJson<SimilarOutput>(out, { ...facts, groups });
    else out.write(describeGroups(groups, index.pictures.length, out));
    return;
  }
  const vector = await describer.describe(await readPictureFile(to), { signal });
  const self = below(base, to);
  const others = { ...index, pictures: index.pictures.filter(({ name }) => name !== self) };
  const nearest = nearestPictures(others, vector, {
    topK: values["top-k"],
    threshold: values.threshold,
  }).map(({ name, score }) => ({
    ...{ image: nameOf(name), score: shortFloat(score), copy: score >= copies },
  }));
  if (values.json) writeJson<SimilarOutput>(out, { ...facts, to, nearest });
  else out.write(describeNearest(nearest, out));
  if (nearest.length === 0 && !values.quiet) {
    const asked = values.threshold === undefined ? "" : ` scored ${formatPercent(copies)} or more`;
    reportNote(terminal, `none of ${plural(others.pictures.length, "picture")}${asked}`);
  }
}

async function readPictureFile(path: string): Promise<Uint8Array> {
  const [{ readBytes }, { pictureLimit }] = await Promise.all([
    import("../../disk/read-node.ts"),
    import("../../data/picture-files-node.ts"),
  ]);
  return await readBytes(path, pictureLimit);
}

/** A file's path from a folder, with forward slashes. */
function below(folder: string, path: string): string {
  return relative(resolve(folder), resolve(path)).split(sep).join("/");
}

/** A file that is named twice is one picture. */
function unique(images: readonly ImageSource[]): readonly ImageSource[] {
  const seen = new Map(images.map((image) => [resolve(image.path ?? ""), image]));
  return [...seen.values()];
}
