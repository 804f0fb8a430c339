/** `mobilenetv2 segment`: the classes of each image's pixels; drawn or stored where asked for. */
import { writeWhole } from "../../disk/write-node.ts";
import type { DetectionsStyle } from "../../image/draw-node.ts";
import type { RgbImage } from "../../image/image.ts";
import { pickLimits } from "../../image/limits.ts";
import type { Segmentation } from "../../tasks/segmenter.ts";
import type { Command } from "../command.ts";
import { drawingOptions, fileStyle, PixelGate, planDrawings } from "../drawings.ts";
import { imageCommand } from "../image-command.ts";
import type { ImageSource } from "../images.ts";
import { pictureReading } from "../model-options.ts";
import { choice, type OptionValues, text } from "../options.ts";
import { planOutputs } from "../outputs.ts";
import { tilesOption } from "../part-options.ts";
import { reportNote } from "../report.ts";
import { UsageError } from "../usage-error.ts";

const target = { placeholder: "FILE|FOLDER" } as const;

const options = {
  ...drawingOptions("Lay the classes over the image"),
  "class-map": text({
    ...target,
    description: "Write the classes as an indexed PNG in PASCAL VOC's colours: index = class",
  }),
  "score-map": text({
    ...target,
    description: "Write how sure each pixel's class is as a grey PNG: white is 100 %",
  }),
  "map-size": choice(["picture", "network"], {
    description: "Give classes to the picture's pixels, or to those of the network's input",
    shownDefault: "picture",
  }),
  tiles: tilesOption,
};

export const segmentCommand: Command = imageCommand("segment", {
  options,
  examples: [
    { call: "segment photo.jpg --out overlay.png", effect: "A table of classes, and a picture." },
    { call: "segment photos/ --class-map masks/", effect: "The maps of all images in a folder." },
    { call: "segment photo.jpg --json", effect: "Each class's pixels and share, for a program." },
  ],
  async begin(images, context) {
    const { values, signal, terminal } = context;
    if (values["map-size"] === "network" && values.tiles !== undefined) {
      throw new UsageError("--tiles gives a map of the picture's pixels", {
        remedy: "Leave out --map-size network.",
      });
    }
    const plans = await planPictures(images, values);
    const { decodeImage } = await import("../../image/decode-node.ts");
    const reading = pictureReading(context);
    // Drawn on are all of its pixels.
    const whole = { ...pickLimits(reading), signal };
    const wanted = {
      scoreMap: plans.has("score-map"),
      mapSize: values["map-size"],
      tiles: values.tiles,
      ...reading,
    };
    const gate = new PixelGate();
    return ({ segment: segmentImage }) => {
      if (values.backend === "reference" && !values.quiet) {
        reportNote(terminal, "the reference backend may take a minute for each image");
      }
      return async (bytes, index) => {
        const result = await segmentImage(bytes, wanted);
        const written: string[] = [];
        const image = (): Promise<RgbImage> => decodeImage(bytes, whole);
        for (const [picture, paths] of plans) {
          const path = paths[index]!;
          const style = fileStyle(path, values);
          await gate.through(result.area ?? result, async () => {
            const file = await pictures[picture]({ image, result, style });
            await writeWhole(path, file, { signal });
          });
          written.push(path);
        }
        return { result, written };
      };
    };
  },
});

/** Where each picture that was asked for goes, image by image. */
async function planPictures(
  images: readonly ImageSource[],
  values: OptionValues<typeof options>,
): Promise<ReadonlyMap<PictureOption, readonly string[]>> {
  const taken = new Set<string>();
  const plans = new Map<PictureOption, readonly string[]>();
  const drawings = await planDrawings(images, values, taken);
  if (drawings.length > 0) plans.set("out", drawings);
  for (const option of ["class-map", "score-map"] as const) {
    const named = values[option];
    if (named === undefined) continue;
    plans.set(option, await planOutputs(images, { option, target: named }, taken));
  }
  return plans;
}

type PictureOption = "out" | "class-map" | "score-map";

interface Segmented {
  /** The whole picture. */
  readonly image: () => Promise<RgbImage>;
  readonly result: Segmentation;
  readonly style: DetectionsStyle;
}

/** How each option's PNG is made. */
const pictures: Readonly<Record<PictureOption, (segmented: Segmented) => Promise<Uint8Array>>> = {
  async out({ image, result, style }) {
    const { drawSegmentation } = await import("../../image/draw-node.ts");
    return await drawSegmentation(await image(), result, style);
  },
  async "class-map"({ result: { classMap, width, height } }) {
    const { encodeIndexedPng } = await import("../../image/png-node.ts");
    return await encodeIndexedPng({ classMap, width, height });
  },
  async "score-map"({ result: { scoreMap = [], width, height } }) {
    const { encodeGreyPng } = await import("../../image/png-node.ts");
    const data = Uint8Array.from(scoreMap, (score) => Math.round(score * 255));
    return await encodeGreyPng({ data, width, height });
  },
};
