/** The picture of `benchmark --image`: chosen before anything is loaded, timed, and put into a table. */

import type { TimedPicture } from "../json/measures.ts";
import type { Model } from "../models/model.ts";
import type { NamedBackend } from "../tasks/backend-names.ts";
import { printable } from "../untrusted.ts";
import type { Context } from "./command.ts";
import { formatPercent } from "./format.ts";
import type { ImageSource } from "./images.ts";
import { pictureReading } from "./model-options.ts";
import { type LimitOptions, limitOptions, type Options, type OptionValues } from "./options.ts";
import { formatTable } from "./table.ts";
import type { Writer } from "./terminal.ts";
import { UsageError } from "./usage-error.ts";

/** The options that bear on it. */
interface PictureValues extends OptionValues<LimitOptions> {
  readonly exact: boolean;
  readonly image?: string | undefined;
  readonly model?: string | undefined;
  readonly batch?: number | undefined;
  readonly backend?: NamedBackend | undefined;
  readonly threads?: number | "auto" | undefined;
  readonly runs?: number | undefined;
}

/**
 * The picture to time, where one is named.
 *
 * @throws UsageError where it is not one picture for one model.
 */
export async function chooseImage(values: PictureValues): Promise<ImageSource | undefined> {
  const { image, model, batch = 1 } = values;
  if (image === undefined) {
    const limits = Object.keys(limitOptions) as (keyof LimitOptions)[];
    const other = values.exact ? "exact" : limits.find((name) => values[name] !== undefined);
    if (other === undefined) return undefined;
    throw new UsageError(`--${other} is about a picture`, { remedy: "Name one with --image." });
  }
  if (model === undefined) {
    throw new UsageError("--image times a model's own way with a picture", {
      remedy: "Name a model with --model.",
    });
  }
  if (batch > 1) {
    throw new UsageError("--image times one picture at a time", { remedy: "Leave out --batch." });
  }
  const { findImages } = await import("./images.ts");
  const [source, ...others] = await findImages([image]);
  if (others.length === 0) return source;
  throw new UsageError("--image takes one picture", {
    received: `a folder of ${others.length + 1}`,
  });
}

/** Times a model's way with a picture. */
export async function timePicture(
  context: Pick<Context<Options>, "stdin" | "signal"> & { readonly values: PictureValues },
  source: ImageSource,
  model: Model,
): Promise<TimedPicture> {
  const [{ measurePicture }, { readImage }] = await Promise.all([
    import("./benchmark-image.ts"),
    import("./images.ts"),
  ]);
  const { values, signal } = context;
  const bytes = await readImage(source, context);
  const { backend = "wasm", threads, runs = 50 } = values;
  const reading = pictureReading({ values, signal });
  const timing = await measurePicture(model, bytes, { backend, threads, runs, reading });
  return { image: source.name, ...timing };
}

/** A table of the stages. */
export function describePicture(picture: TimedPicture, out: Writer): string {
  const { image, width, height, totalMs } = picture;
  const stages: readonly (readonly [string, number])[] = [
    ["decode", picture.decodeMs],
    ["preprocess", picture.preprocessMs],
    ["network", picture.networkMs],
    ["postprocess", picture.postprocessMs],
    ["the whole", totalMs],
  ];
  return formatTable(
    [
      { heading: `${printable(image)}, ${width} × ${height}` },
      { heading: "median", align: "right" },
      { heading: "share", align: "right" },
    ],
    stages.map(([stage, ms]) => [stage, `${ms.toFixed(2)} ms`, formatPercent(ms / totalMs)]),
    { heading: out.dim },
  );
}
