/** A detector's settings as files of this library hold them: JSON, checked field by field. */
import type { AnchorSettings, DetectionSettings, ListedAnchors } from "../models/model.ts";
import { isNumberIn, quote } from "../untrusted.ts";
import { invalidModel, isRecord } from "./files.ts";

/** What no published detector comes near. */
const most = { anchors: 1_000_000, maps: 64, ratios: 64, detections: 1_000_000 } as const;

/** The settings as JSON holds them. */
export function detectionAsJson({ anchors, ...settings }: DetectionSettings): unknown {
  return { ...settings, anchors: "boxes" in anchors ? { boxes: [...anchors.boxes] } : anchors };
}

/**
 * Checks what a file says of boxes and scores.
 *
 * @param node - The part of the file, for the message.
 * @throws MobileNetError `invalid-model` naming what is wrong.
 */
export function readDetectionSettings(value: unknown, node: string): DetectionSettings {
  const bad = (expected: string, received: unknown) =>
    invalidModel(node, "bad settings of a detector", expected, quote(received));
  if (!isRecord(value)) throw bad("an object", value);
  const { boxCoder, scoreThreshold, iouThreshold, maxDetections, maxPerClass } = value;
  if (!isList(boxCoder, 4, isDivisor)) throw bad("four divisors as boxCoder", boxCoder);
  const [y, x, height, width] = boxCoder as readonly [number, number, number, number];
  if (!isNumberIn(scoreThreshold, 0, 1) || !isNumberIn(iouThreshold, 0, 1)) {
    throw bad("thresholds from 0 to 1", [scoreThreshold, iouThreshold]);
  }
  if (!isCount(maxDetections)) throw bad("a number of detections", maxDetections);
  if (maxPerClass !== undefined && !isCount(maxPerClass)) {
    throw bad("a number of detections per class", maxPerClass);
  }
  const anchors = readAnchors(value["anchors"]);
  if (anchors === undefined) throw bad("anchors", value["anchors"]);
  const flags = ["background", "classAgnostic", "clip", "inclusive"] as const;
  const wrong = flags.find((flag) => !["boolean", "undefined"].includes(typeof value[flag]));
  if (wrong !== undefined) throw bad(`true or false as ${wrong}`, value[wrong]);
  const said = flags.filter((flag) => value[flag] !== undefined);
  return {
    ...Object.fromEntries(said.map((flag) => [flag, value[flag] === true])),
    ...{ anchors, boxCoder: [y, x, height, width], scoreThreshold, iouThreshold, maxDetections },
    ...(maxPerClass === undefined ? {} : { maxPerClass }),
  };
}

function readAnchors(value: unknown): AnchorSettings | ListedAnchors | undefined {
  if (!isRecord(value)) return undefined;
  const { boxes, featureMaps, minScale, maxScale, aspectRatios } = value;
  if (boxes !== undefined) {
    const fits = Array.isArray(boxes) && boxes.length % 4 === 0 && boxes.length > 0;
    return fits && isList(boxes, boxes.length, (side) => isNumberIn(side, -1e6, 1e6))
      ? { boxes: Float32Array.from(boxes) }
      : undefined;
  }
  const reduceBoxesInLowestLayer = value["reduceBoxesInLowestLayer"];
  const maps = Array.isArray(featureMaps) ? featureMaps.slice(0, most.maps + 1) : [];
  const sizes = maps.flatMap((map) =>
    isList(map, 2, isCount) ? [[map[0]!, map[1]!] as const] : [],
  );
  const cells = sizes.reduce((sum, [rows, columns]) => sum + rows * columns, 0);
  const ratios =
    Array.isArray(aspectRatios) && aspectRatios.length <= most.ratios ? aspectRatios : [];
  if (
    sizes.length !== maps.length ||
    maps.length === 0 ||
    maps.length > most.maps ||
    cells * (ratios.length + 1) > most.anchors ||
    !isNumberIn(minScale, 0, 10) ||
    !isNumberIn(maxScale, 0, 10) ||
    ratios.length === 0 ||
    !isList(ratios, ratios.length, isDivisor) ||
    typeof reduceBoxesInLowestLayer !== "boolean"
  ) {
    return undefined;
  }
  return {
    ...{ featureMaps: sizes, minScale, maxScale },
    ...{ aspectRatios: ratios, reduceBoxesInLowestLayer },
  };
}

function isList(
  value: unknown,
  length: number,
  fits: (item: unknown) => boolean,
): value is readonly number[] {
  return (
    Array.isArray(value) &&
    value.length === length &&
    length <= 4 * most.anchors &&
    value.every(fits)
  );
}

const isDivisor = (value: unknown): boolean => isNumberIn(value, 1e-6, 1e6);

function isCount(value: unknown): value is number {
  return isNumberIn(value, 1, most.detections) && Number.isInteger(value);
}
