/**
 * A network off its weights' shapes, where it is none of table 2: blocks as many and as wide as the
 * weights say, with a head or without. Only strides leave no trace there; they are those of the stages.
 */

import { MobileNetError } from "../errors.ts";
import { GraphBuilder } from "../graph/builder.ts";
import type { Graph } from "../graph/ir.ts";
import { addClassifier } from "../models/classifier-head.ts";
import { table2, table2Strides } from "../models/mobilenet-v2.ts";
import type { Shape } from "../tensor.ts";
import { quote } from "../untrusted.ts";

/** What shapes leave open. */
export interface ShapelessArguments {
  readonly name: string;
  readonly resolution: readonly [rows: number, columns: number];
  readonly padding: "same" | "symmetric";
  readonly epsilon: number;
  readonly outputStride: 8 | 16 | 32;
  /** Blocks of each stage, where names say them; table 2's else. */
  readonly stages?: readonly number[] | undefined;
}

/** Blocks of table 2's stages. */
const usualStages = table2.map(({ repeats }) => repeats);

/** Far more than any network of the family has. */
const mostBlocks = 100;

/**
 * The network, without its weights' values: a classifier, or its features where there is no classifier.
 *
 * @param shapes - Of weights under this library's names.
 * @throws MobileNetError `unsupported` where the blocks are not those of the stages.
 */
export function networkOfShapes(
  shapes: ReadonlyMap<string, { readonly shape: Shape }>,
  { name, resolution, padding, epsilon, outputStride, stages = usualStages }: ShapelessArguments,
): Graph {
  const builder = new GraphBuilder(name);
  const outputs = (layer: string): number | undefined =>
    shapes.get(`${layer}/weights`)?.shape.at(-1);
  const [rows = 1, , inputs = 3] = shapes.get("stem/weights")?.shape ?? [];
  const layer = (at: string, input: string, activation: "relu6" | "none") => ({
    ...{ name: at, input, padding, activation },
    // Exporters fold batch norms into a bias.
    ...(shapes.has(`${at}/bias`) ? {} : { epsilon }),
  });
  const kernelOf = (at: string): number => shapes.get(`${at}/weights`)?.shape[0] ?? 1;
  const strides = blockStrides(countBlocks(shapes, name), stages, name);
  let [stride, dilation] = [table2Strides[0]!, 1];
  let x = builder.conv2d(outputs("stem") ?? 0, {
    ...layer("stem", builder.input("image", [1, ...resolution, inputs]), "relu6"),
    ...{ kernel: rows, stride },
  });
  for (const [i, wanted] of strides.entries()) {
    const block = `block_${i}`;
    const input = x;
    const wide = outputs(`${block}/expand`);
    const expanded =
      wide === undefined ? x : builder.conv2d(wide, layer(`${block}/expand`, x, "relu6"));
    const dilates = stride === outputStride && wanted > 1;
    const taken = dilates ? 1 : wanted;
    const kernel = kernelOf(`${block}/depthwise`);
    const filtered = builder.depthwiseConv2d({
      ...layer(`${block}/depthwise`, expanded, "relu6"),
      ...{ kernel, stride: taken, dilation },
    });
    if (dilates) dilation *= wanted;
    else stride *= wanted;
    const narrow = outputs(`${block}/project`) ?? 0;
    const projected = builder.conv2d(narrow, layer(`${block}/project`, filtered, "none"));
    const shortcut = taken === 1 && builder.channels(input) === narrow;
    x = shortcut ? builder.add(`${block}/add`, input, projected) : projected;
  }
  const head = outputs("head");
  if (head !== undefined) x = builder.conv2d(head, layer("head", x, "relu6"));
  const classes = outputs("classifier");
  if (classes === undefined) return builder.build([x]);
  const hidden: number[] = [];
  for (let size = outputs("hidden_1"); size !== undefined; ) {
    hidden.push(size);
    size = outputs(`hidden_${hidden.length + 1}`);
  }
  return builder.build([addClassifier(builder, x, { classes, hidden }).output]);
}

function countBlocks(shapes: ReadonlyMap<string, unknown>, name: string): number {
  for (let count = 0; count <= mostBlocks; count++) {
    if (!shapes.has(`block_${count}/project/weights`)) return count;
  }
  throw unusualBlocks(name, `at most ${mostBlocks}`, "more");
}

/** Each block's stride: the first of a stage takes the stage's. */
function blockStrides(count: number, stages: readonly number[], name: string): readonly number[] {
  const blocks = stages.reduce((sum, repeats) => sum + repeats, 0);
  if (stages.length !== table2.length || blocks !== count) {
    throw unusualBlocks(name, `${blocks} blocks in ${table2.length} stages`, quote(count));
  }
  return stages.flatMap((repeats, stage) =>
    Array.from({ length: repeats }, (_, i) => (i === 0 ? table2[stage]!.stride : 1)),
  );
}

function unusualBlocks(name: string, expected: string, received: string): MobileNetError {
  return new MobileNetError("unsupported", "the network has other blocks than MobileNetV2", {
    node: name,
    expected,
    received,
    remedy: "Give the network as a file that has its graph, ONNX or TensorFlow Lite.",
  });
}
