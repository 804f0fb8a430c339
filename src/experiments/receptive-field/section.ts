/** What the report says of receptive fields and features. */
import { figure, markdownTable } from "../markdown.ts";
import { type FieldValue, measuredFields, type ReceptiveResult, thumbnailsOf } from "./values.ts";

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
  const rows = trained.map(([block, field]) => {
    const { theoretical, seen, half, most } = field;
    const other = random.get(block);
    return [
      `${block}`,
      `${theoretical}`,
      `${seen}`,
      half.toFixed(0),
      most.toFixed(0),
      fits(field) ? `${Math.round((100 * most) / theoretical)} %` : "–",
      other?.half.toFixed(0) ?? "–",
      other?.most.toFixed(0) ?? "–",
    ];
  });
  const hasMaps = trained.some(([, { map }]) => map !== undefined);
  return [
    markdownTable(
      [
        ...["block", "theoretical", "in the picture", "50 %, trained", "95 %, trained"],
        ...["of the theoretical", "50 %, random", "95 %, random"],
      ],
      rows,
    ),
    figure("receptive-field", "sizes", "Sizes of receptive fields over the blocks"),
    ...(hasMaps ? [figure("receptive-field", "maps", "Squared gradients over the picture")] : []),
  ].join("\n\n");
}

/** Whether a block's field lies in the picture as a whole, so that its size is the network's doing. */
function fits({ theoretical, seen }: FieldValue): boolean {
  return seen === theoretical;
}

/** The share of a field's side that a square takes whose content is a share of what lies evenly in it. */
const evenly = (share: number): number => Math.sqrt(share);

/** What the figures show, as far as they do. */
function verdict(result: ReceptiveResult): string {
  const trained = measuredFields(result, "trained");
  const last = trained.at(-1);
  if (trained.length < 2 || last === undefined) return "";
  return [middle(trained), lastBlock(last), against(result)]
    .filter((text) => text !== "")
    .join(" ");
}

type Fields = ReturnType<typeof measuredFields>;

/** Whether a field is used from its middle outwards: only blocks whose fields the picture does not cut can tell. */
function middle(trained: Fields): string {
  const whole = trained.filter(([, field]) => fits(field));
  if (whole.length === 0) {
    return "**It cannot be told** here how much of its field a block uses: all fields reach beyond the picture.";
  }
  const within = (of: "half" | "most", share: number): number =>
    whole.filter(([, field]) => field[of] < evenly(share) * field.theoretical).length;
  const [half, most] = [within("half", 0.5), within("most", 0.95)];
  const says =
    half === whole.length
      ? "**It shows** that a field is used from its middle outwards"
      : half === 0
        ? "**It shows** that a field is not used from its middle outwards"
        : "**It shows no rule** of where in a field what matters lies";
  const shares = whole.map(([, { most: side, theoretical }]) =>
    Math.round((100 * side) / theoretical),
  );
  const [least, widest] = [Math.min(...shares), Math.max(...shares)];
  return `${says}: a gradient that lay evenly in the field would have half of its square within 71 % of the side and 95 % within 97 %. Of ${whole.length} block${whole.length === 1 ? "" : "s"} whose whole field lies in the picture, half lies within less in ${half} and 95 % in ${most}; the square that holds 95 % is ${least === widest ? `${least}` : `${least} to ${widest}`} % of the side. (Where a field reaches beyond the picture its size is the picture's, and says nothing.)`;
}

function lastBlock([block, { theoretical, picture, half, most }]: Fields[number]): string {
  const could = `In block ${block} a value could see ${theoretical} pixels, ${
    theoretical > picture ? `more than the ${picture} of the picture` : `of ${picture}`
  }; half of what it goes by lies within ${half.toFixed(0)}, 95 % within ${most.toFixed(0)}.`;
  return `${could} ${
    most < evenly(0.95) * picture
      ? "So no cell of the last map goes by the picture as a whole; the mean over all cells does."
      : "So at this size a cell of the last map goes by nearly all of the picture."
  }`;
}

/** Trained beside random weights: one draw of these, and blocks that build on each other. */
function against(result: ReceptiveResult): string {
  const random = new Map(measuredFields(result, "random"));
  const both = measuredFields(result, "trained").flatMap(([block, field]) => {
    const other = random.get(block);
    return other === undefined ? [] : [[field.most, other.most] as const];
  });
  if (both.length === 0) return "";
  const further = both.filter(([ours, other]) => ours > other).length;
  return `Trained weights look further than random ones in ${further} of ${both.length} blocks. Those are one draw, and blocks build on each other, so that nothing follows for other weights.`;
}

function pictures(result: ReceptiveResult): string {
  const features = thumbnailsOf(result, "features");
  const activation = thumbnailsOf(result, "activation");
  return [
    ...(features === undefined
      ? []
      : [
          "**Feature maps** of a photograph, to be looked at: of each block the channels that vary most. Nothing is measured of them.",
          figure("receptive-field", "features", "Maps of several blocks for a photograph of a cat"),
        ]),
    ...(activation === undefined
      ? []
      : [
          "**Class activation maps** (Zhou et al., 2016). Since the head is a mean over the last map and one dense layer, a class's score is a sum over cells, and each cell's share can be shown: exact, but in cells of the last map, which have seen more than the part of the picture that they cover.",
          figure(
            "receptive-field",
            "activation",
            "What in two photographs speaks for their classes",
          ),
        ]),
  ].join("\n\n");
}
