/** The blocks of the paper's figures 2, 3 and 4, cut from this package's own networks. */
import {
  bottleneckResnet,
  GraphBuilder,
  mobilenetV1,
  mobilenetV2,
  type Network,
} from "../../index.ts";
import { addBlock } from "./build-block.ts";
import { type BlockStep, drawnSteps } from "./steps.ts";

/** The steps of a network's block, counted from 0. Its nodes are those between two landmarks. */
export function blockSteps({ landmarks, ...graph }: Network, block: number): readonly BlockStep[] {
  const names = graph.nodes.map(({ name }) => name);
  const ends = [landmarks.stem, ...landmarks.blocks].map((name) => names.indexOf(name) + 1);
  return drawnSteps(graph, names.slice(ends[block], ends[block + 1]));
}

/** A convolution at 14² with 64 channels, full or in its two parts (figure 2a and b). */
function single(form: "full" | "separable"): readonly BlockStep[] {
  const builder = new GraphBuilder("convolution");
  const input = builder.activation("before", builder.input("input", [1, 14, 14, 64]), "relu6");
  const output = addBlock[form](builder, { input, channels: 64, stride: 1, expansion: 1 });
  const graph = builder.build([output]);
  return drawnSteps(
    graph,
    graph.nodes.slice(2).map(({ name }) => name),
  );
}

/** Figure 2: from a convolution to the bottleneck with expansion, (a) to (d). */
export function figure2(): Readonly<
  Record<"full" | "separable" | "linear" | "expansion", readonly BlockStep[]>
> {
  const expansion = blockSteps(mobilenetV2(), 7).filter(({ kind }) => kind !== "add");
  // The same layers, cut where the expansion has been.
  const linear = expansion.slice(1).map((step, place) => (place === 0 ? asInput(step) : step));
  return { full: single("full"), separable: single("separable"), linear, expansion };
}

function asInput(step: BlockStep): BlockStep {
  return { ...step, kind: "input", words: "input", inputs: [], parameters: 0, multiplyAdds: 0 };
}

/** Figure 3: the residual block and the inverted one, both the eighth of their networks, at 14². */
export function figure3(): Readonly<Record<"residual" | "inverted", readonly BlockStep[]>> {
  return {
    residual: blockSteps(bottleneckResnet(), 7),
    inverted: blockSteps(mobilenetV2(), 7),
  };
}

/** Figure 4b and d: MobileNetV1's block and V2's, at stride 1 and 2. */
export function figure4(): Readonly<
  Record<"v1" | "v1Stride2" | "v2" | "v2Stride2", readonly BlockStep[]>
> {
  const [v1, v2] = [mobilenetV1(), mobilenetV2()];
  return {
    v1: blockSteps(v1, 6),
    v1Stride2: blockSteps(v1, 11),
    v2: blockSteps(v2, 7),
    v2Stride2: blockSteps(v2, 13),
  };
}
