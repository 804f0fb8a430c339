/** `mobilenetv2 detect`: objects with their boxes; drawn on the image where asked for. */
import { writeWhole } from "../../disk/write-node.ts";
import { unusedLabel } from "../../models/labels.ts";
import { didYouMean } from "../../suggest.ts";
import type { Detection } from "../../tasks/detector.ts";
import { printable } from "../../untrusted.ts";
import { type Command, defineCommand, outputOptions } from "../command.ts";
import { eachImage, givesHints } from "../each-image.ts";
import { formatCount, formatPercent, plural } from "../format.ts";
import { findImages } from "../images.ts";
import { shortFloat } from "../json.ts";
import { chooseModel, imagesArgument, modelOptions, withModel } from "../model-options.ts";
import { list, number, text } from "../options.ts";
import { planOutputs } from "../outputs.ts";
import { formatTable } from "../table.ts";
import { UsageError } from "../usage-error.ts";

/** What a hint about a fainter object still counts. */
const faintScore = 0.05;

const fraction = { placeholder: "0–1", from: 0, to: 1 } as const;

const options = {
  score: number({
    ...fraction,
    short: "s",
    description: "Only objects with a score above this",
    shownDefault: "the model's, 0.5",
  }),
  iou: number({
    ...fraction,
    description: "How much two boxes of one class may overlap (intersection over union)",
    shownDefault: "the model's, 0.6",
  }),
  max: number({
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
  out: text({
    placeholder: "FILE|FOLDER",
    short: "o",
    description:
      "Draw the boxes into a PNG: a file that ends in .png, or a folder; missing folders are created",
  }),
  ...modelOptions("detect"),
  ...outputOptions,
};

export const detect: Command = defineCommand({
  positionals: [imagesArgument],
  options,
  examples: [
    { call: "detect photo.jpg --out boxes.png", effect: "A table of objects, and a picture." },
    { call: "detect photos/ --out drawn/ --score 0.3", effect: "A folder, less certain ones too." },
    { call: "detect photo.jpg --classes dog,cat --json", effect: "Dogs and cats, for a program." },
  ],
  async run(context) {
    const { values, positionals, signal, terminal } = context;
    const images = await findImages(positionals);
    const { out, score, iou, max, classes } = values;
    const paths =
      out === undefined ? [] : await planOutputs(images, { option: "out", target: out });
    const source = await chooseModel("detect", values.model);
    const { loadDetector } = await import("../../tasks/node.ts");
    const { decodeImage } = await import("../../image/decode-node.ts");
    return await withModel(context, {
      source,
      load: (settings) => loadDetector(source, settings),
      use: async (detector) => {
        // Suppression goes from the best score down, so that fainter boxes change nothing above them.
        const threshold = score ?? detector.scoreThreshold;
        const wanted = {
          scoreThreshold: givesHints(context) ? Math.min(threshold, faintScore) : threshold,
          iouThreshold: iou,
          maxDetections: max,
          classes: classes && matchLabels(classes, detector.labels),
          signal,
        };
        return await eachImage(images, context, async (bytes, index) => {
          const image = await decodeImage(bytes, { signal });
          const { width, height, detections: all } = await detector.detect(image, wanted);
          const detections = all.filter((found) => found.score > threshold);
          const path = paths[index];
          if (path !== undefined) {
            const { drawDetections } = await import("../../image/draw-node.ts");
            await writeWhole(path, await drawDetections(image, detections), { signal });
          }
          const items = detections.map((found) => ({ ...found, score: shortFloat(found.score) }));
          return {
            fields: { width, height, detections: items },
            remark: `${formatCount(width)} × ${formatCount(height)}, ${plural(items.length, "object")}`,
            written: path === undefined ? [] : [path],
            hint: items.length === 0 ? nothingFound(all[0], threshold) : undefined,
            body: items.length === 0 ? "" : boxTable(items, terminal.out.dim),
          };
        });
      },
    });
  },
});

/** Says how to see the best of what the threshold hides. */
export function nothingFound(best: Detection | undefined, threshold: number): string {
  if (best === undefined) {
    return `nothing scored above ${Math.min(threshold, faintScore)}: the picture may show nothing that is looked for`;
  }
  const below = Math.ceil(best.score * 100 - 1) / 100;
  return `nothing scored above ${threshold}; the best was ${printable(best.label)}, ${formatPercent(best.score)}: try --score ${below}`;
}

function boxTable(detections: readonly Detection[], heading: (text: string) => string): string {
  const edges = ["x", "y", "width", "height"] as const;
  return formatTable(
    [
      { heading: "label" },
      { heading: "score", align: "right" },
      ...edges.map((edge) => ({ heading: edge, align: "right" as const })),
    ],
    detections.map(({ label, score, box }) => [
      printable(label),
      formatPercent(score),
      ...edges.map((edge) => formatCount(box[edge])),
    ]),
    { indent: "  ", heading },
  );
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
