/** What the report says of receptive fields and features. */
import { figure, markdownTable } from "../markdown.ts";
import { measuredFields, type ReceptiveResult, thumbnailsOf } from "./values.ts";

/** The section. */
export function receptiveReport(result: ReceptiveResult): string {
  return [claim, method(result), sizes(result), verdict(result), pictures(result)]
    .filter((paragraph) => paragraph !== "")
    .join("\n\n");
}

const claim =
  "**The paper** does not measure this. It explains the block by what is kept in narrow and wide tensors; what one value of a map knows of the picture is the other half of that. The 3×3 depthwise convolutions are all that looks sideways, and after 17 of them a value could see more than the whole picture. How much it does see is measured here.";

function method({ settings: { model, pictures } }: ReceptiveResult): string {
  return `**Run here**: the network of the model \`${model}\` with its trained weights as real numbers, and with weights drawn at random. The *theoretical* field follows from the graph alone, padding and strides included. The *effective* field (Luo et al., 2016) is where the gradient lies: of the value in the middle of a block's map, over all channels with random signs, with respect to the picture, squared and summed over ${pictures} noise pictures. Its size is the side of the square around the value's place that holds 50 or 95 % of that; where the picture ends, so does the square's content.`;
}

function sizes(result: ReceptiveResult): string {
  const trained = measuredFields(result, "trained");
  if (trained.length < 2) return "";
  const random = new Map(measuredFields(result, "random"));
  const rows = trained.map(([block, { theoretical, half, most }]) => {
    const other = random.get(block);
    return [
      `${block}`,
      `${theoretical}`,
      half.toFixed(0),
      most.toFixed(0),
      `${Math.round((100 * most) / theoretical)} %`,
      other?.half.toFixed(0) ?? "–",
      other?.most.toFixed(0) ?? "–",
    ];
  });
  const hasMaps = trained.some(([, { map }]) => map !== undefined);
  return [
    markdownTable(
      [
        ...["block", "theoretical", "50 %, trained", "95 %, trained", "of the theoretical"],
        ...["50 %, random", "95 %, random"],
      ],
      rows,
    ),
    figure("receptive-field", "sizes", "Sizes of receptive fields over the blocks"),
    ...(hasMaps ? [figure("receptive-field", "maps", "Squared gradients over the picture")] : []),
  ].join("\n\n");
}

/** What the figures show, as far as they do. */
function verdict(result: ReceptiveResult): string {
  const trained = measuredFields(result, "trained");
  const random = new Map(measuredFields(result, "random"));
  const last = trained.at(-1);
  const other = last && random.get(last[0]);
  if (trained.length < 2 || last === undefined || other === undefined) return "";
  const [block, { theoretical, picture, half, most }] = last;
  const smaller = trained.filter(([, field]) => field.most < 0.75 * field.theoretical).length;
  const wider = trained.filter(([one, field]) => field.most > (random.get(one)?.most ?? 0)).length;
  return `**It shows** that a field is used from its middle outwards: in ${smaller} of ${trained.length} blocks, 95 % of the squared gradient lie within less than three quarters of the theoretical side. In block ${block} a value could see ${theoretical} pixels, ${theoretical > picture ? `more than the ${picture} of the picture` : `of ${picture}`}; half of what it goes by lies within ${half.toFixed(0)}, and ${most > picture ? "it takes nearly all of the picture to hold 95 %" : `95 % within ${most.toFixed(0)}`}. Trained weights look ${
    2 * wider > trained.length ? "further than random ones" : "no further than random ones"
  } (in ${wider} of ${trained.length} blocks; ${most.toFixed(0)} against ${other.most.toFixed(0)} pixels in block ${block}). ${
    most < picture
      ? "So the picture as a whole is first seen by the mean over the last map, whose cells are overlapping views of parts of it."
      : "At this size a cell of the last map sees nearly all of the picture."
  }`;
}

function pictures(result: ReceptiveResult): string {
  const features = thumbnailsOf(result, "features");
  const activation = thumbnailsOf(result, "activation");
  return [
    ...(features === undefined
      ? []
      : [
          "**Feature maps** of a photograph. The first blocks keep edges and colours in their places, those in the middle what belongs together; of the last ones a few cells are left that say where there is something, not how it looks.",
          figure("receptive-field", "features", "Maps of several blocks for a photograph of a cat"),
        ]),
    ...(activation === undefined
      ? []
      : [
          "**Class activation maps** (Zhou et al., 2016). Since the head is a mean over the last map and one dense layer, a class's score is a sum over cells, and each cell's share can be shown: exact, but in cells of 32 pixels that have seen more than themselves.",
          figure(
            "receptive-field",
            "activation",
            "What in two photographs speaks for their classes",
          ),
        ]),
  ].join("\n\n");
}
