/**
 * Inverted residuals in one operation (section 5.1): expand → depthwise → project run together by
 * row tiles, so that the expanded tensor, six times the bottleneck, never exists as a whole. Where
 * the expansion is needed elsewhere (SSDLite's first feature map) depthwise and projection still fuse.
 * In 8 bits every value between two of them is rounded all the same, so that no bit changes.
 */
import type {
  Conv2dNode,
  Convolution,
  DepthwiseConv2dNode,
  Graph,
  InvertedResidualNode,
  Node,
} from "../graph/ir.ts";
import { isFloat, singleUse } from "../graph/rewrite.ts";
import { isPointwise } from "../graph/shapes.ts";

/** Joins each depthwise convolution with the 1×1 convolutions around it. */
export function fuseBlocks(graph: Graph): Graph {
  const single = singleUse(graph);
  const byName = new Map(graph.nodes.map((node) => [node.name, node]));
  const absorbed = new Set<string>();
  // A projection that ends a block cannot open the next one (MobileNetV1 has no expansions between).
  const projections = new Set<string>();
  const source = (name: string): Node | undefined =>
    single.has(name) && !projections.has(name) ? byName.get(name) : undefined;

  // Real numbers beside 8-bit maps have no kernels for blocks.
  const hasBytes = !graph.nodes.every(isFloat);
  const nodes = graph.nodes.map((node): Node => {
    if (!isProduct(node) || (hasBytes && isFloat(node))) return node;
    const [filtered = "", shortcut] = node.inputs;
    const depthwise = source(filtered);
    if (depthwise?.op !== "depthwiseConv2d" || !sameKind(depthwise, node)) return node;
    const expand = expansionOf(depthwise, source);
    const input = (expand ?? depthwise).inputs[0]!;
    if (shortcut !== undefined && (shortcut !== input || !isFloat(node))) return node;
    projections.add(node.name);
    absorbed.add(depthwise.name);
    if (expand !== undefined) absorbed.add(expand.name);
    return block(node, {
      ...(expand === undefined ? {} : { expand }),
      depthwise,
      project: node,
      residual: shortcut !== undefined,
    });
  });
  return { ...graph, nodes: nodes.filter((node) => !absorbed.has(node.name)) };
}

function expansionOf(
  depthwise: DepthwiseConv2dNode,
  source: (name: string) => Node | undefined,
): Conv2dNode | undefined {
  const node = source(depthwise.inputs[0]!);
  const fits = node !== undefined && isProduct(node) && sameKind(node, depthwise);
  return fits && node.inputs.length === 1 ? node : undefined;
}

function isProduct(node: Node): node is Conv2dNode {
  return node.op === "conv2d" && isPointwise(node);
}

/** Both float32 or both 8-bit: no kernel mixes them. */
export function sameKind(a: Convolution, b: Convolution): boolean {
  return isFloat(a) === isFloat(b);
}

interface BlockParts {
  readonly expand?: Conv2dNode;
  readonly depthwise: DepthwiseConv2dNode;
  readonly project: Conv2dNode;
  readonly residual: boolean;
}

function block(
  last: Conv2dNode,
  { expand, depthwise, project, residual }: BlockParts,
): InvertedResidualNode {
  return {
    op: "invertedResidual",
    name: last.name,
    inputs: [(expand ?? depthwise).inputs[0]!],
    ...(expand === undefined ? {} : { expand: convolutionOf(expand) }),
    depthwise: convolutionOf(depthwise),
    project: convolutionOf(project),
    residual,
    ...(last.quantization === undefined ? {} : { quantization: last.quantization }),
  };
}

/** A convolution by itself, to be part of a block. */
export function convolutionOf(node: Conv2dNode | DepthwiseConv2dNode): Convolution {
  const { op: _op, name: _name, inputs: _inputs, ...convolution } = node;
  return convolution;
}
