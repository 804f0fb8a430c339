/**
 * The networks that are compared: MobileNetV2 for small pictures, with one thing changed in each. Those
 * that are to cost as much as the unchanged one have the width at which their multiply-adds come nearest.
 */
import {
  type BlockVariant,
  bottleneckResnet,
  cifarStrides,
  countCost,
  type Graph,
  mobilenetV1,
  mobilenetV2,
} from "../../index.ts";
import { forSmallPictures, withLinearDepthwise, withRelu } from "./rewrites.ts";

/** What a network is built for. */
interface Surroundings {
  readonly resolution: number;
  readonly classes: number;
  /** Of the unchanged network. */
  readonly width: number;
}

/** A network without weights and what it costs. */
export interface BuiltVariant {
  readonly graph: Graph;
  /** Of its channels; rounded to hundredths where it was searched. */
  readonly width: number;
  readonly multiplyAdds: number;
  readonly parameters: number;
}

/** The names. */
export const variantNames = [
  "base",
  "nonlinear",
  "no-shortcut",
  "expansion-shortcut",
  "t1",
  "t3",
  "t1-equal",
  "t2-equal",
  "t3-equal",
  "t4-equal",
  "t9-equal",
  "v1",
  "resnet",
  "width-0.15",
  "width-0.35",
  "relu",
  "linear-depthwise",
] as const;

/** One of them. */
export type VariantName = (typeof variantNames)[number];

/** A row of the table. */
interface Variant {
  readonly words: string;
  build(around: Surroundings): Graph;
  /** Whether the width is searched so that it costs what the unchanged network costs. */
  readonly matched?: boolean;
  /** Where the width is another. */
  readonly width?: number;
}

function v2({ resolution, classes, width }: Surroundings, block?: BlockVariant): Graph {
  return mobilenetV2({
    ...{ resolution, classes, width, strides: cifarStrides },
    ...(block && { block }),
  });
}

const changed = (words: string, block: BlockVariant, matched = false): Variant => ({
  ...{ words, matched, build: (around) => v2(around, block) },
});

const wide = (width: number): Variant => ({ words: `width ${width}`, width, build: v2 });

/** By name. */
export const variants: { readonly [Name in VariantName]: Variant } = {
  base: { words: "MobileNetV2", build: v2 },
  nonlinear: changed("ReLU6 after the projection", { nonlinear: true }),
  "no-shortcut": changed("no shortcuts", { shortcut: "none" }),
  "expansion-shortcut": changed("shortcuts between expansions", { shortcut: "expansion" }),
  t1: changed("t = 1", { expansion: 1 }),
  t3: changed("t = 3", { expansion: 3 }),
  "t1-equal": changed("t = 1, wider", { expansion: 1 }, true),
  "t2-equal": changed("t = 2, wider", { expansion: 2 }, true),
  "t3-equal": changed("t = 3, wider", { expansion: 3 }, true),
  "t4-equal": changed("t = 4, wider", { expansion: 4 }, true),
  "t9-equal": changed("t = 9, narrower", { expansion: 9 }, true),
  v1: {
    words: "MobileNetV1's block",
    build: (around) => forSmallPictures(mobilenetV1({ ...around })),
    matched: true,
  },
  resnet: {
    words: "ResNet's bottleneck",
    build: (around) => forSmallPictures(bottleneckResnet({ ...around })),
    matched: true,
  },
  "width-0.15": wide(0.15),
  "width-0.35": wide(0.35),
  relu: { words: "ReLU for ReLU6", build: (around) => withRelu(v2(around)) },
  "linear-depthwise": {
    words: "ReLU6 after expansions only",
    build: (around) => withLinearDepthwise(v2(around)),
  },
};

/** Builds a variant. */
export function buildVariant(name: VariantName, around: Surroundings): BuiltVariant {
  const variant = variants[name];
  const width = variant.matched ? matchedWidth(variant, around) : (variant.width ?? around.width);
  const graph = variant.build({ ...around, width });
  const { multiplyAdds, parameters } = countCost(graph);
  return { graph, width, multiplyAdds, parameters };
}

/** The width in hundredths at which a variant costs most nearly what the unchanged network does. */
function matchedWidth({ build }: Variant, around: Surroundings): number {
  const { multiplyAdds: wanted } = countCost(v2(around));
  const costAt = (hundredths: number): number =>
    countCost(build({ ...around, width: hundredths / 100 })).multiplyAdds;
  // Multiply-adds never fall as the width grows.
  let [low, high] = [2, 400];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (costAt(middle) < wanted) low = middle;
    else high = middle;
  }
  return (costAt(high) - wanted < wanted - costAt(low) ? high : low) / 100;
}
