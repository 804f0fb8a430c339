/**
 * Answers about a region of a picture, and about a picture in tiles: the network looks at parts, and what
 * it says is put together in the whole picture's pixels.
 */
import { isBackgroundClass, noClass } from "../../image/background-label.ts";
import { cropImage } from "../../image/crop.ts";
import { type ImageSize, originalSize, type Rectangle, type RgbImage } from "../../image/image.ts";
import type { SegmenterModel } from "../../models/model.ts";
import type { Detections } from "../detector.ts";
import { foregroundMap } from "../foreground.ts";
import type { CallOptions } from "../platform.ts";
import {
  logitsOf,
  type Segmentation,
  type SegmentTypes,
  segmentationOf,
  segmentMap,
} from "../segmenter.ts";
import type { PictureSession } from "../session.ts";
import type { SuppressionOptions } from "../suppression.ts";
import { type TaskRow, type TaskRun, type TaskTypes, taskRun } from "../task.ts";
import type { Verb } from "../task-names.ts";
import { joinDetections } from "./join-detections.ts";
import { joinLogits } from "./join-logits.ts";
import { planTiles, type Tiles } from "./tiles.ts";

/** What a call says about parts. */
export interface PartOptions extends CallOptions {
  readonly region?: Rectangle | undefined;
  readonly tiles?: Tiles | undefined;
}

/** A model ready to answer, and the settings of the call. */
export interface Answerer<T extends TaskTypes> {
  readonly verb: Verb;
  readonly row: TaskRow<T>;
  readonly model: T["model"];
  readonly session: PictureSession<never>;
  readonly settings: T["settings"];
}

/** The answer about a region, a picture in tiles, or both. */
export async function answerInParts<T extends TaskTypes>(
  answerer: Answerer<T>,
  picture: { readonly image: RgbImage; readonly whole: ImageSize; readonly region?: Rectangle },
  { tiles, signal }: PartOptions,
): Promise<T["result"]> {
  const { image, whole, region } = picture;
  const result =
    tiles === undefined
      ? await answerWhole(answerer, image, signal)
      : await answerTiles(answerer, image, { tiles, signal });
  return region === undefined ? result : inPicture(answerer, result, { region, whole });
}

async function runOf<T extends TaskTypes>(
  { model, session }: Answerer<T>,
  image: RgbImage,
  signal: AbortSignal | undefined,
): Promise<TaskRun<T["model"]>> {
  return taskRun(model, session, await session.look(image, { signal }));
}

async function answerWhole<T extends TaskTypes>(
  answerer: Answerer<T>,
  image: RgbImage,
  signal: AbortSignal | undefined,
): Promise<T["result"]> {
  const run = await runOf(answerer, image, signal);
  return answerer.row.postprocess(run, answerer.settings);
}

async function answerTiles<T extends TaskTypes>(
  answerer: Answerer<T>,
  image: RgbImage,
  { tiles, signal }: { readonly tiles: Tiles; readonly signal: AbortSignal | undefined },
): Promise<T["result"]> {
  const { verb, row, session, settings } = answerer;
  const size = originalSize(image);
  const all = { x: 0, y: 0, ...size };
  const planned = planTiles(size, tiles, session.preprocess);
  // One tile is the whole picture, which is looked at in any case.
  const parts = planned.length === 1 ? [all] : [all, ...planned];
  const runs: { part: Rectangle; run: TaskRun<T["model"]> }[] = [];
  for (const part of parts) {
    const seen = part === all ? image : cropImage(image, part);
    runs.push({ part, run: await runOf(answerer, seen, signal) });
  }
  if (verb === "detect") {
    const found = runs.map(({ part, run }) => {
      const { detections } = row.postprocess(run, settings) as Detections;
      return { part, detections };
    });
    const joined = joinDetections(found, size, settings as SuppressionOptions);
    return { ...size, detections: joined } satisfies Detections;
  }
  const segmented = runs.map(({ part, run }) => ({ part, run: run as TaskRun<SegmenterModel> }));
  if (segmented.length === 1) return row.postprocess(segmented[0]!.run, settings);
  return joinMaps(segmented, size, settings as SegmentTypes["settings"]);
}

/** The class map of all parts' logits together. */
function joinMaps(
  runs: readonly { readonly part: Rectangle; readonly run: TaskRun<SegmenterModel> }[],
  size: ImageSize,
  { scoreMap, foreground }: SegmentTypes["settings"],
): Segmentation {
  const { model } = runs[0]!.run;
  const probabilities = model.scores === "probabilities";
  const parts = runs.map(({ part, run }) => ({ part, logits: logitsOf(run), frame: run.frame }));
  const { logits, positions } = joinLogits(parts, size);
  const segmented = segmentMap(logits, positions, { scoreMap, probabilities });
  const found = segmentationOf(model, segmented, size);
  if (foreground === undefined) return found;
  const given = { foreground, probabilities };
  return { ...found, foregroundMap: foregroundMap(logits, positions, given) };
}

/** An answer about a region, in the whole picture's pixels. */
function inPicture<T extends TaskTypes>(
  { verb, model }: Answerer<T>,
  result: T["result"],
  { region, whole }: { readonly region: Rectangle; readonly whole: ImageSize },
): T["result"] {
  if (verb === "detect") {
    const { detections } = result as Detections;
    const moved = detections.map(({ box, ...rest }) => ({
      ...rest,
      box: { ...box, x: box.x + region.x, y: box.y + region.y },
    }));
    return { ...whole, detections: moved } satisfies Detections;
  }
  return verb === "segment"
    ? mapInPicture(model, result as Segmentation, { region, whole })
    : result;
}

/** The region's map in one of the whole picture; one of the network's pixels stays as it is. */
function mapInPicture(
  { labels }: { readonly labels: readonly string[] },
  result: Segmentation,
  { region, whole }: { readonly region: Rectangle; readonly whole: ImageSize },
): Segmentation {
  if (result.area !== undefined) {
    const { x, y, width, height } = result.area;
    return { ...result, area: { x: x + region.x, y: y + region.y, width, height } };
  }
  const outside = isBackgroundClass(labels[0]) ? 0 : noClass;
  const classMap = new Uint8Array(whole.width * whole.height).fill(outside);
  const widened = (map: Float32Array | undefined): Float32Array | undefined =>
    map && new Float32Array(whole.width * whole.height);
  const scoreMap = widened(result.scoreMap);
  const foreground = widened(result.foregroundMap);
  for (let row = 0; row < region.height; row++) {
    const [from, to] = [row * region.width, (region.y + row) * whole.width + region.x];
    classMap.set(result.classMap.subarray(from, from + region.width), to);
    scoreMap?.set(result.scoreMap!.subarray(from, from + region.width), to);
    foreground?.set(result.foregroundMap!.subarray(from, from + region.width), to);
  }
  return {
    ...{ ...result, ...whole, classMap, area: region },
    ...(scoreMap && { scoreMap }),
    ...(foreground && { foregroundMap: foreground }),
  };
}
