/**
 * How PyTorch's libraries name MobileNetV2's weights. A name is a module and what it holds; batch norms
 * are modules of their own beside their convolutions. Before the names may stand those of modules around
 * the network (`module.`, `backbone.`), which its first names show.
 */

import { table2 } from "../../models/mobilenet-v2.ts";
import {
  type LayerName,
  type NameTable,
  renamed,
  type SchemeRow,
  type WeightConvention,
  type WeightPart,
  type WeightPlace,
  type WrittenNames,
} from "../naming-scheme.ts";
import { denseLayers, filtersOf, pytorchFilters } from "./layout.ts";

const block = (part: string, shift: number) => (number: string) =>
  `block_${Number(number) - shift}/${part}`;

/** A convolution and the batch norm behind it, as two rows. */
function pair(convolution: RegExp, norm: RegExp, layer: LayerName): NameTable<LayerName> {
  const behind: LayerName =
    typeof layer === "string" ? `${layer}/batch_norm` : (number) => `${layer(number)}/batch_norm`;
  return [
    [convolution, layer],
    [norm, behind],
  ];
}

const torchvision: NameTable<LayerName> = [
  ...pair(/^features\.0\.0$/, /^features\.0\.1$/, "stem"),
  // The first block has no expansion.
  ...pair(/^features\.1\.conv\.0\.0$/, /^features\.1\.conv\.0\.1$/, "block_0/depthwise"),
  ...pair(/^features\.1\.conv\.1$/, /^features\.1\.conv\.2$/, "block_0/project"),
  ...pair(/^features\.(\d+)\.conv\.0\.0$/, /^features\.(\d+)\.conv\.0\.1$/, block("expand", 1)),
  ...pair(/^features\.(\d+)\.conv\.1\.0$/, /^features\.(\d+)\.conv\.1\.1$/, block("depthwise", 1)),
  ...pair(/^features\.(\d+)\.conv\.2$/, /^features\.(\d+)\.conv\.3$/, block("project", 1)),
  ...pair(/^features\.18\.0$/, /^features\.18\.1$/, "head"),
];

/** Every block one list of convolutions, batch norms and activations; its last ones may stand apart. */
const flat: NameTable<LayerName> = [
  ...pair(/^features\.0\.0$/, /^features\.0\.1$/, "stem"),
  ...pair(/^features\.1\.conv\.0$/, /^features\.1\.conv\.1$/, "block_0/depthwise"),
  ...pair(/^features\.1\.conv\.3$/, /^features\.1\.conv\.4$/, "block_0/project"),
  ...pair(/^features\.(\d+)\.conv\.0$/, /^features\.(\d+)\.conv\.1$/, block("expand", 1)),
  ...pair(/^features\.(\d+)\.conv\.3$/, /^features\.(\d+)\.conv\.4$/, block("depthwise", 1)),
  ...pair(/^features\.(\d+)\.conv\.6$/, /^features\.(\d+)\.conv\.7$/, block("project", 1)),
  ...pair(/^(?:features\.18|conv)\.0$/, /^(?:features\.18|conv)\.1$/, "head"),
];

/** Blocks are numbered through before: timm counts them by stages. */
const timm: NameTable<LayerName> = [
  ...pair(/^conv_stem$/, /^bn1$/, "stem"),
  ...pair(/^block_(0)\.conv_dw$/, /^block_(0)\.bn1$/, block("depthwise", 0)),
  ...pair(/^block_(0)\.conv_pw$/, /^block_(0)\.bn2$/, block("project", 0)),
  ...pair(/^block_(\d+)\.conv_pw$/, /^block_(\d+)\.bn1$/, block("expand", 0)),
  ...pair(/^block_(\d+)\.conv_dw$/, /^block_(\d+)\.bn2$/, block("depthwise", 0)),
  ...pair(/^block_(\d+)\.conv_pwl$/, /^block_(\d+)\.bn3$/, block("project", 0)),
  ...pair(/^conv_head$/, /^bn2$/, "head"),
];

const inLayer = (module: string, part: string): NameTable<LayerName> =>
  pair(
    new RegExp(`^layer\\.(\\d+)\\.${module}\\.convolution$`),
    new RegExp(`^layer\\.(\\d+)\\.${module}\\.normalization$`),
    block(part, -1),
  );

const named = (module: string, layer: string): NameTable<LayerName> =>
  pair(new RegExp(`^${module}\\.convolution$`), new RegExp(`^${module}\\.normalization$`), layer);

/** Layer 0 is our block 1: the stem holds the first block. */
const transformers: NameTable<LayerName> = [
  ...named("conv_stem\\.first_conv", "stem"),
  ...named("conv_stem\\.conv_3x3", "block_0/depthwise"),
  ...named("conv_stem\\.reduce_1x1", "block_0/project"),
  ...inLayer("expand_1x1", "expand"),
  ...inLayer("conv_3x3", "depthwise"),
  ...inLayer("reduce_1x1", "project"),
  ...named("conv_1x1", "head"),
  ...named("segmentation_head\\.conv_pool", "aspp/image_pool"),
  ...named("segmentation_head\\.conv_aspp", "aspp/pointwise"),
  ...named("segmentation_head\\.conv_projection", "aspp/project"),
  [/^segmentation_head\.classifier\.convolution$/, "logits"],
];

const parts: readonly (readonly [RegExp, WeightPart, WeightPart | undefined])[] = [
  [/\.weight$/, "batch_norm/gamma", "weights"],
  [/\.bias$/, "batch_norm/beta", "bias"],
  [/\.running_mean$/, "batch_norm/mean", undefined],
  [/\.running_var$/, "batch_norm/variance", undefined],
];

function place(local: string, modules: NameTable<LayerName>): WeightPlace | undefined {
  for (const [pattern, ofNorm, ofLayer] of parts) {
    if (!pattern.test(local)) continue;
    const module = renamed(local.replace(pattern, ""), modules);
    const layer = module?.replace(/\/batch_norm$/, "");
    const part = layer === module ? ofLayer : ofNorm;
    return layer === undefined || part === undefined ? undefined : { layer, part };
  }
  return undefined;
}

/**
 * Takes what stands before a network away: `mark` shows it, and `inner` is the network's own module,
 * which its head lies beside. Where weights have no `inner`, as those of a list that its layers were put
 * into, they are given it.
 */
function without(mark: RegExp, inner: string): SchemeRow["localNames"] {
  return (names) => {
    const shown = names.find((name) => mark.test(name)) ?? "";
    const base = shown.replace(mark, "");
    const around = base.endsWith(inner)
      ? base.slice(0, base.length - inner.length)
      : base.replace(/[^.]+\.$/, "");
    return (name) => {
      if (name.startsWith(base)) return `${inner}${name.slice(base.length)}`;
      return name.startsWith(around) ? name.slice(around.length) : name;
    };
  };
}

/** timm's blocks, counted through: `blocks.2.1.` becomes `block_4.` where stages have 1 and 2 blocks. */
const countBlocks: SchemeRow["localNames"] = (names) => {
  const strip = without(/blocks\.1\.0\.conv_pwl\.weight$/, "")(names);
  const order = new Map<string, number>();
  const all = names.flatMap((name) => /^blocks\.(\d+)\.(\d+)\./.exec(strip(name)) ?? []);
  const places = stagesOf(names.map(strip)).flatMap((count, stage) =>
    Array.from({ length: count }, (_, i) => `${stage}.${i}`),
  );
  for (const place of all.length === 0 ? [] : places) order.set(place, order.size);
  return (name) =>
    strip(name).replace(/^blocks\.(\d+\.\d+)\./, (own, at: string) =>
      order.has(at) ? `block_${order.get(at)}.` : own,
    );
};

/** How many blocks each of timm's stages has, by names without what stands before them. */
export function stagesOf(names: readonly string[]): readonly number[] {
  const counts: number[] = [];
  for (const name of names) {
    const [, stage, index] = /^(?:.*\.)?blocks\.(\d{1,2})\.(\d{1,2})\./.exec(name) ?? [];
    if (stage === undefined) continue;
    counts[Number(stage)] = Math.max(counts[Number(stage)] ?? 0, Number(index) + 1);
  }
  return Array.from(counts, (count) => count ?? 0);
}

/** timm's name of a block that is counted through, by the rows of table 2. */
function timmName(local: string): string {
  const places = table2.flatMap(({ repeats }, stage) =>
    Array.from({ length: repeats }, (_, i) => `blocks.${stage}.${i}`),
  );
  return local.replace(/^block_(\d+)/, (own, block: string) => places[Number(block)] ?? own);
}

/** What is written with names of PyTorch's libraries. */
function writing(
  layers: NameTable<LayerName>,
  head: string,
  fullName: WrittenNames["fullName"] = (local) => local,
): WrittenNames {
  return { layers, parts: parts.map(([end]) => end), fullName, head, write: pytorchFilters };
}

const pytorch: WeightConvention = { padding: "symmetric", epsilon: 1e-5, range: "imagenet" };

/** Who names weights so, among PyTorch's libraries. */
export type PytorchScheme = "torchvision" | "mobilenetv2.pytorch" | "timm" | "transformers";

/** Their rows. */
const pytorchLayout = { filters: filtersOf, dense: denseLayers };

export const pytorchSchemes: Readonly<Record<PytorchScheme, SchemeRow>> = {
  torchvision: {
    title: "torchvision",
    mark: /(?:^|\.)1\.conv\.0\.0\.weight$/,
    layout: "pytorch",
    ...pytorchLayout,
    convention: pytorch,
    localNames: without(/(?<=^|\.)1\.conv\.0\.0\.weight$/, "features."),
    place: (local) => place(local, torchvision),
    written: writing(torchvision, "classifier.1"),
  },
  "mobilenetv2.pytorch": {
    title: "mobilenetv2.pytorch",
    mark: /(?:^|\.)1\.conv\.3\.weight$/,
    layout: "pytorch",
    ...pytorchLayout,
    convention: pytorch,
    localNames: without(/(?<=^|\.)1\.conv\.3\.weight$/, "features."),
    place: (local) => place(local, flat),
    written: writing(flat, "classifier"),
  },
  timm: {
    title: "timm",
    mark: /(?:^|\.)blocks\.1\.0\.conv_pwl\.weight$/,
    layout: "pytorch",
    ...pytorchLayout,
    convention: pytorch,
    localNames: countBlocks,
    place: (local) => place(local, timm),
    written: writing(timm, "classifier", timmName),
  },
  transformers: {
    title: "Hugging Face transformers",
    mark: /(?:^|\.)conv_stem\.first_conv\.convolution\.weight$/,
    layout: "pytorch",
    ...pytorchLayout,
    // Converted from TensorFlow; only the segmenter's head is PyTorch's. The stem holds the first block.
    convention: {
      ...{ padding: "same", epsilon: 1e-3, headEpsilon: 1e-5, range: "-1..1" },
      plainFirstBlock: true,
    },
    localNames: without(/conv_stem\.first_conv\.convolution\.weight$/, "mobilenet_v2."),
    place: (local) => place(local.replace(/^mobilenet_v2\./, ""), transformers),
    written: writing(transformers, "classifier", (local) =>
      /^(?:classifier|segmentation_head)\./.test(local) ? local : `mobilenet_v2.${local}`,
    ),
  },
};
