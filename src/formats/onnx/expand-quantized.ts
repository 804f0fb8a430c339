/**
 * Operators with quantisation inside (QLinearConv and its like) as the same between DequantizeLinear and
 * QuantizeLinear, which is what they are defined as.
 */
import type { StoredNode } from "./schema.ts";

/** An operator's operands: a tensor, its scale and its zero point, by position. */
interface Parts {
  readonly kind: string;
  /** Positions of each input's tensor; scale and zero point follow it. */
  readonly inputs: readonly number[];
  /** The position of the output's scale. */
  readonly output: number;
  /** The position of an int32 bias in units of the first two inputs. */
  readonly bias?: number;
}

const parts: Readonly<Record<string, Parts>> = {
  QLinearConv: { kind: "Conv", inputs: [0, 3], output: 6, bias: 8 },
  QLinearMatMul: { kind: "MatMul", inputs: [0, 3], output: 6 },
  QLinearAdd: { kind: "Add", inputs: [0, 3], output: 6 },
  QLinearMul: { kind: "Mul", inputs: [0, 3], output: 6 },
  QLinearSigmoid: { kind: "Sigmoid", inputs: [0], output: 3 },
  QLinearLeakyRelu: { kind: "LeakyRelu", inputs: [0], output: 3 },
  QLinearGlobalAveragePool: { kind: "GlobalAveragePool", inputs: [0], output: 3 },
  QLinearAveragePool: { kind: "AveragePool", inputs: [0], output: 3 },
  QGemm: { kind: "Gemm", inputs: [0, 3], output: 7, bias: 6 },
};

/** The operators with those of quantisation apart. */
export function expandQuantized(nodes: readonly StoredNode[]): readonly StoredNode[] {
  return nodes.flatMap((node) => {
    const known = node.domain === "" || node.domain === "com.microsoft";
    const found = known && Object.hasOwn(parts, node.kind) ? parts[node.kind] : undefined;
    return found === undefined ? [node] : expanded(node, found);
  });
}

function expanded(node: StoredNode, { kind, inputs, output, bias }: Parts): readonly StoredNode[] {
  const { index, name } = node;
  const at = (position: number): string => node.inputs[position] ?? "";
  const [result = ""] = node.outputs;
  const made = (position: number): string => `${result}/real ${position}`;
  const step = { index, name, domain: "", attributes: new Map<string, number>() };
  const turned = (node.attributes.get("transB") ?? 0) !== 0;
  const outputsFirst = kind === "Conv" || turned;
  const dequantize = (position: number): StoredNode => ({
    ...{ ...step, kind: "DequantizeLinear", outputs: [made(position)] },
    inputs: [at(position), at(position + 1), at(position + 2)],
    // Scales of weights are those of their outputs.
    attributes: new Map([["axis", outputsFirst ? 0 : -1]]),
  });
  const has = bias !== undefined && at(bias) !== "";
  const attributes = new Map(node.attributes);
  // Maps with their channels last are none that this operator's plain form knows.
  if (attributes.get("channels_last") === 0) attributes.delete("channels_last");
  const operands = inputs.map(made);
  // What a product is multiplied by is in the bias's unit; a factor of the bias alone there is none.
  const unit = new Map([...attributes].filter(([key]) => key === "alpha" || key === "beta"));
  return [
    ...inputs.map(dequantize),
    ...(has
      ? [
          {
            ...{ ...step, kind: "BiasOfSums", attributes: unit },
            ...{ inputs: [at(bias), at(1), at(4)], outputs: [made(bias)] },
          },
        ]
      : []),
    {
      ...{ ...step, kind, attributes, outputs: [`${result}/real`] },
      inputs: has ? [...operands, made(bias)] : operands,
    },
    {
      ...{ ...step, kind: "QuantizeLinear", outputs: [result] },
      inputs: [`${result}/real`, at(output), at(output + 1)],
    },
  ];
}
