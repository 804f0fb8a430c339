/** `mobilenetv2 detect`: objects with their boxes; drawn on the image where asked for. */
import { writeWhole } from "../../disk/write-node.ts";
import { pickLimits } from "../../image/limits.ts";
import { unusedLabel } from "../../models/labels.ts";
import { didYouMean } from "../../suggest.ts";
import type { Detection } from "../../tasks/detector.ts";
import { printable } from "../../untrusted.ts";
import type { Command } from "../command.ts";
import { planCrops, writeCrops } from "../crops.ts";
import { drawingOptions, fileStyle, PixelGate, planDrawings } from "../drawings.ts";
import { givesHints } from "../each-image.ts";
import { formatPercent } from "../format.ts";
import { imageCommand } from "../image-command.ts";
import { pictureReading } from "../model-options.ts";
import { flag, list, number, text } from "../options.ts";
import { tilesOption } from "../part-options.ts";
import { UsageError } from "../usage-error.ts";

/** What a hint about a fainter object still counts. */
const faintScore = 0.05;

const fraction = { placeholder: "0–1", from: 0, to: 1 } as const;

const options = {
  "score-threshold": number({
    ...fraction,
    short: "s",
    description: "Only objects with a score above this",
    shownDefault: "the model's, 0.5",
  }),
  "iou-threshold": number({
    ...fraction,
    description: "How much two boxes of one class may overlap (intersection over union)",
    shownDefault: "the model's, 0.6",
  }),
  "max-detections": number({
    placeholder: "N",
    from: 1,
    to: 10_000,
    whole: true,
    description: "The most objects per image",
    shownDefault: "the model's, 100",
  }),
  classes: list({
    placeholder: "A,B",
    description: "Only these classes, by label: --classes person,'potted plant'",
  }),
  tiles: tilesOption,
  ...drawingOptions("Draw the boxes into a picture"),
  crops: text({
    placeholder: "FOLDER",
    description:
      "Write each object as a picture of its own, image_label_number.png; the folder must be new or empty",
  }),
  force: flag({ description: "Let --crops and --save write into a folder that has files" }),
};

export const detectCommand: Command = imageCommand("detect", {
  options,
  examples: [
    { call: "detect photo.jpg --out boxes.png", effect: "A table of objects, and a picture." },
    {
      call: "detect photos/ --out drawn/ --score-threshold 0.3",
      effect: "A folder, less certain ones too.",
    },
    { call: "detect beach.jpg --tiles auto -o boxes.jpg", effect: "Small objects, too." },
    { call: "detect photos/ --crops objects/", effect: "Each object as a picture." },
    { call: "detect photos/ --format yolo --save labels/", effect: "Files for other programs." },
    { call: "detect photo.jpg --classes dog,cat --json", effect: "Dogs and cats, for a program." },
  ],
  async begin(images, context) {
    const { signal, values } = context;
    const { classes } = values;
    const stems = await planCrops(images, { folder: values.crops, force: values.force });
    const paths = await planDrawings(images, values, { crops: stems.length > 0 });
    const gate = new PixelGate();
    const { decodeImage } = await import("../../image/decode-node.ts");
    const reading = pictureReading(context);
    // Drawn on are all of its pixels.
    const whole = { ...pickLimits(reading), signal };
    return (detector) => {
      const threshold = values["score-threshold"] ?? detector.scoreThreshold;
      const wanted = {
        scoreThreshold: threshold,
        iouThreshold: values["iou-threshold"],
        maxDetections: values["max-detections"],
        tiles: values.tiles,
        classes: classes && matchLabels(classes, detector.labels),
        ...reading,
      };
      return async (bytes, index) => {
        const found = await detector.detect(bytes, wanted);
        const { detections } = found;
        const hints = detections.length === 0 && values.json !== true && values.quiet !== true;
        const faint = { ...wanted, scoreThreshold: Math.min(threshold, faintScore) };
        const best = hints ? (await detector.detect(bytes, faint)).detections[0] : undefined;
        const path = paths[index];
        const stem = stems[index];
        const written: string[] = [];
        if (path !== undefined || (stem !== undefined && detections.length > 0)) {
          await gate.through(found, async () => {
            const image = await decodeImage(bytes, whole);
            if (path !== undefined) {
              const { drawDetections } = await import("../../image/draw-node.ts");
              const style = fileStyle(path, values);
              await writeWhole(path, await drawDetections(image, detections, style), { signal });
              written.push(path);
            }
            if (stem !== undefined) {
              const style = { format: values["out-format"], quality: values["out-quality"] };
              written.push(...(await writeCrops(image, detections, { stem, style, signal })));
            }
          });
        }
        const faintWords = hints ? nothingFound(best, threshold) : undefined;
        return {
          result: found,
          written,
          // At a terminal a note, else beside the picture's name.
          ...(givesHints(context) ? { hint: faintWords } : { remark: faintWords }),
        };
      };
    };
  },
});

/** Says how to see the best of what the threshold hides. */
export function nothingFound(best: Detection | undefined, threshold: number): string {
  if (best === undefined) {
    return `nothing scored above ${Math.min(threshold, faintScore)}: the picture may show nothing that is looked for`;
  }
  const below = Math.ceil(best.score * 100 - 1) / 100;
  return `nothing scored above ${threshold}; the best was ${printable(best.label)}, ${formatPercent(best.score)}: try --score-threshold ${below}`;
}

/** Labels as the model spells them, whatever the case. */
export function matchLabels(
  names: readonly string[],
  labels: readonly string[],
): readonly string[] {
  return names.map((name) => {
    const label = labels.find((candidate) => candidate.toLowerCase() === name.toLowerCase());
    if (label !== undefined) return label;
    throw new UsageError(`the model knows no class ${name}`, {
      remedy: didYouMean(name, labels, `It knows ${labels.filter(isUsed).join(", ")}.`),
    });
  });
}

/** COCO's numbering has holes, which the labels keep. */
function isUsed(label: string): boolean {
  return label !== unusedLabel;
}
