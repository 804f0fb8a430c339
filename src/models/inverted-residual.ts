/**
 * The inverted residual with a linear bottleneck (section 3.3) and the variants that the paper compares
 * it with (section 6.4, figure 6). All of them have the same layers, so that weights of one have the
 * shapes of another's: which one a network has is part of its architecture.
 */
import { checkSettings, type Kinds, oneOf, truthValue, wholeFrom } from "../check-fields.ts";
import type { BlockVariant } from "../graph/architecture.ts";
import type { GraphBuilder, LayerOptions } from "../graph/builder.ts";
import { badValue } from "../wrong-argument.ts";

/** A variant with nothing left open. */
interface WholeVariant extends Required<BlockVariant> {
  /** As an architecture has it: what differs from the paper's block; absent where nothing does. */
  readonly stored: BlockVariant | undefined;
}

/** Table 2's expansion factor. */
const usualExpansion = 6;

const kinds: Kinds<BlockVariant> = {
  nonlinear: truthValue,
  shortcut: oneOf("bottleneck", "none", "expansion"),
  expansion: wholeFrom(1, 64),
};

/**
 * A variant with its defaults.
 *
 * @throws MobileNetError `invalid-argument` where a field is out of range, or expansions shall be joined
 *   that a factor of 1 leaves out.
 */
export function readVariant(block: BlockVariant = {}): WholeVariant {
  checkSettings(block, kinds, "block");
  const { nonlinear = false, shortcut = "bottleneck", expansion = usualExpansion } = block;
  if (shortcut === "expansion" && expansion === 1) {
    throw badValue("there are no expansions to join", "an expansion factor above 1", expansion);
  }
  const stored: BlockVariant = {
    ...(nonlinear ? { nonlinear } : {}),
    ...(shortcut === "bottleneck" ? {} : { shortcut }),
    ...(expansion === usualExpansion ? {} : { expansion }),
  };
  const differs = Object.keys(stored).length > 0;
  return { nonlinear, shortcut, expansion, stored: differs ? stored : undefined };
}

/** How a network's name goes on where its blocks are not the paper's. */
export function variantSuffix(block: BlockVariant | undefined): string {
  const { nonlinear, shortcut, expansion, stored } = readVariant(block);
  const parts = [
    ...(nonlinear ? ["nonlinear"] : []),
    ...{ bottleneck: [], none: ["no_shortcuts"], expansion: ["expansion_shortcuts"] }[shortcut],
    ...(stored?.expansion === undefined ? [] : [`t${expansion}`]),
  ];
  return parts.map((part) => `_${part}`).join("");
}

/** What differs from the paper's block, in words for people; nothing where nothing does. */
export function variantWords(block: BlockVariant | undefined): readonly string[] {
  const { nonlinear, shortcut, stored } = readVariant(block);
  return [
    ...(nonlinear ? ["nonlinear bottlenecks"] : []),
    ...{ bottleneck: [], none: ["no shortcuts"], expansion: ["shortcuts between expansions"] }[
      shortcut
    ],
    ...(stored?.expansion === undefined ? [] : [`expansion factor ${stored.expansion}`]),
  ];
}

/** What every convolution of a network shares, and where its layers are added. */
interface Surroundings {
  readonly builder: GraphBuilder;
  readonly convention: Pick<LayerOptions, "padding"> & { readonly epsilon: number };
}

/** Where a block ends, for the next one to go on from. */
export interface BlockEnd {
  /** The block's output, `[n, h, w, c]`. */
  readonly output: string;
  /** What its depthwise convolution read, where that is an expansion which the next block's may join. */
  readonly joinable?: string | undefined;
}

interface BlockOptions extends Required<BlockVariant> {
  readonly name: string;
  readonly channels: number;
  readonly stride: number;
  readonly dilation: number;
}

/**
 * Expand, filter, project; the shortcut joins the narrow ends (section 3.3).
 *
 * Where it joins the expansions instead, it adds what the depthwise convolution of the block before
 * read, sums of earlier blocks included, to this block's expansion after its ReLU6: a residual network
 * in the wide tensors, whose branches are depthwise → project → expand.
 */
export function addInvertedResidual(
  { builder, convention }: Surroundings,
  before: BlockEnd,
  block: BlockOptions,
): BlockEnd & { readonly expanded: string } {
  const { name, nonlinear, shortcut, expansion, channels, stride, dilation } = block;
  const { output: input } = before;
  const inputChannels = builder.channels(input);
  let expanded = input;
  if (expansion > 1) {
    expanded = builder.conv2d(inputChannels * expansion, {
      name: `${name}/expand`,
      input,
      activation: "relu6",
      ...convention,
    });
    const { joinable } = before;
    if (joinable !== undefined && builder.channels(joinable) === builder.channels(expanded)) {
      expanded = builder.add(`${name}/expand/add`, joinable, expanded);
    }
  }
  const filtered = builder.depthwiseConv2d({
    name: `${name}/depthwise`,
    input: expanded,
    kernel: 3,
    stride,
    dilation,
    activation: "relu6",
    ...convention,
  });
  // The bottleneck is linear: an activation in the narrow space would destroy information. In the
  // variant that has one it belongs to the projection, as in the authors' code, so that a sum with the
  // block's input is not clipped.
  const projected = builder.conv2d(channels, {
    name: `${name}/project`,
    input: filtered,
    activation: nonlinear ? "relu6" : "none",
    ...convention,
  });
  const joins = shortcut === "bottleneck" && stride === 1 && inputChannels === channels;
  const output = joins ? builder.add(`${name}/add`, input, projected) : projected;
  const isOpen = shortcut === "expansion" && stride === 1 && expansion > 1;
  return { expanded, output, joinable: isOpen ? expanded : undefined };
}
