/** Figures 2, 3 and 4 and tables 1 and 2 as SVG documents, of what is kept of them. */
import { type ExperimentResult, partValue } from "../experiment.ts";
import { flowOf, nasnet, shufflenet, shufflenetStride2 } from "./described.ts";
import { drawFlows, type FlowPanel } from "./draw-flow.ts";
import { drawNetwork } from "./draw-network.ts";
import { drawSlabs, type SlabPanel } from "./draw-slabs.ts";
import { drawTable1 } from "./draw-table-1.ts";
import type { BlockStep } from "./steps.ts";
import type { BlocksValue } from "./values.ts";

type Blocks = BlocksValue["blocks"];

const slabWords =
  "A slab is a tensor, as wide as it has channels; a hatched one is linear, no activation made it. Below each operation: its parameters and multiply-adds.";

/** The drawings by name; those of parts that are not finished are left out. */
export function drawBlocks(
  result: ExperimentResult<unknown, BlocksValue>,
): Readonly<Record<string, string>> {
  const drawn = Object.entries(drawings).flatMap(([part, draw]) => {
    const value = partValue(result, part);
    const svg = value === undefined ? undefined : draw(value);
    return svg === undefined ? [] : [[part, svg] as const];
  });
  return Object.fromEntries(drawn);
}

const drawings: Readonly<Record<string, (value: BlocksValue) => string | undefined>> = {
  "figure-2": ({ blocks }) =>
    drawSlabs(
      { title: "Figure 2: separable convolutions", note: slabWords },
      slabPanels(blocks, {
        full: "(a) convolution",
        separable: "(b) separable convolution",
        linear: "(c) separable with a linear bottleneck",
        expansion: "(d) bottleneck with expansion",
      }),
    ),
  "figure-3": ({ blocks }) =>
    drawSlabs(
      { title: "Figure 3: two residual blocks", note: slabWords },
      slabPanels(blocks, { residual: "(a) residual block", inverted: "(b) inverted residual" }),
    ),
  "figure-4": ({ blocks }) =>
    drawFlows(
      {
        title: "Figure 4: blocks of small networks",
        note: "(b) and (d) are counted on networks of this package, (a) and (c) drawn as the paper describes them. Linear: no activation follows.",
      },
      [
        [{ title: "(a) NasNet", boxes: nasnet }],
        flowPanels(blocks, {
          v1: "(b) MobileNetV1, stride 1",
          v1Stride2: "(b) MobileNetV1, stride 2",
        }),
        [
          { title: "(c) ShuffleNet, stride 1", boxes: shufflenet },
          { title: "(c) ShuffleNet, stride 2", boxes: shufflenetStride2 },
        ],
        flowPanels(blocks, {
          v2: "(d) MobileNetV2, stride 1",
          v2Stride2: "(d) MobileNetV2, stride 2",
        }),
      ],
    ),
  "table-1": ({ blocks: { example = [] } }) => {
    const [input, expanded, depthwise, projected] = example;
    if (!input || !expanded || !depthwise || !projected) return undefined;
    const t = expanded.channels / input.channels;
    const s = input.rows / depthwise.rows;
    const letters = { t, k: input.channels, "k'": projected.channels, s };
    // Spaces that no line breaks at.
    const numbers = Object.entries(letters).map(
      ([letter, value]) => `${letter}\u00a0=\u00a0${value}`,
    );
    return drawTable1(
      {
        title: "Table 1: the bottleneck block",
        note: `From k to k' channels, with stride s and expansion factor t. Grey: a block of the network, with ${numbers.join(", ")}.`,
      },
      example,
    );
  },
  "table-2": ({ rows }) =>
    drawNetwork(
      {
        title: "Table 2: MobileNetV2",
        note: "Each row is n layers of c channels; the first has stride s. Slabs: each layer's output, as high as its map's edge and as wide as its channels, both by their roots.",
      },
      rows,
    ),
};

function slabPanels(
  blocks: Blocks,
  titles: Readonly<Record<string, string>>,
): readonly SlabPanel[] {
  return named(blocks, titles).map(([title, steps]) => ({ title, steps }));
}

function flowPanels(
  blocks: Blocks,
  titles: Readonly<Record<string, string>>,
): readonly FlowPanel[] {
  return named(blocks, titles).map(([title, steps]) => ({ title, boxes: flowOf(steps) }));
}

function named(
  blocks: Blocks,
  titles: Readonly<Record<string, string>>,
): readonly (readonly [title: string, steps: readonly BlockStep[]])[] {
  return Object.entries(titles).flatMap(([name, title]) => {
    const steps = blocks[name];
    return steps === undefined ? [] : [[title, steps] as const];
  });
}
