/**
 * A Keras model in the making: layers that read the outputs of others, each with its config and weights.
 * Names are what Keras 2, Keras 3 and TensorFlow.js all take.
 */
import { MobileNetError } from "../../errors.ts";
import type { Graph, Node } from "../../graph/ir.ts";
import type { Shape, Tensor } from "../../tensor.ts";
import { AllowedNames } from "../allowed-names.ts";
import { type BoundParameter, boundParameter } from "../bound-parameter.ts";
import { type ShapedValue, ShapedValues } from "../shaped-values.ts";

/** A weight of a layer by what it is there: `kernel`. */
export interface LayerWeight {
  readonly role: string;
  readonly tensor: Tensor<"float32">;
}

/** A layer as files list it. */
export interface DraftLayer {
  readonly name: string;
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** The names of the layers whose outputs it reads. */
  readonly inputs: readonly string[];
  readonly weights: readonly LayerWeight[];
}

/** Collects layers while the nodes of a graph are walked in order. */
export class KerasDraft {
  readonly graph: Graph;
  readonly layers: DraftLayer[] = [];
  readonly values: ShapedValues;
  /** Keras 3 takes no slash in a name, TensorFlow no other mark than these. */
  readonly names: AllowedNames = new AllowedNames(/[^A-Za-z0-9_.-]/g);

  constructor(graph: Graph) {
    this.graph = graph;
    this.values = new ShapedValues(graph, (name, { tensor }, dims) => {
      const config = { target_shape: dims };
      return this.layer(`${name}_reshape`, { className: "Reshape", config, inputs: [tensor] });
    });
  }

  /** Adds a layer and gives its name. */
  layer(
    like: string,
    {
      className,
      config = {},
      inputs,
      weights = [],
    }: Pick<DraftLayer, "className" | "inputs"> & Partial<DraftLayer>,
  ): string {
    const name = this.names.fresh(like);
    this.layers.push({ name, className, config, inputs, weights });
    return name;
  }

  /** Adds the layer of a node that reads these values; what it gives has the given dimensions. */
  give(
    { name }: Node,
    inputs: readonly ShapedValue[],
    dims: Shape,
    layer: Pick<DraftLayer, "className"> & Partial<DraftLayer>,
  ): ShapedValue {
    const tensor = this.layer(name, { ...layer, inputs: inputs.map((input) => input.tensor) });
    return this.values.set(name, { tensor, dims });
  }

  /** A parameter of the graph as a weight, under another shape where one is given. */
  weight(role: string, name: string, shape?: Shape): LayerWeight {
    const { data, ...parameter }: BoundParameter = boundParameter(this.graph, name);
    if (!(data instanceof Float32Array)) throw noLayer({ name }, "weights of 8 bits");
    return { role, tensor: { dtype: "float32", shape: shape ?? parameter.shape, data } };
  }
}

/** The error of what no layer does in all versions of Keras alike. */
export function noLayer({ name }: Pick<Node, "name">, what: string): MobileNetError {
  return new MobileNetError("unsupported", `Keras has no layer for ${what}`, {
    node: name,
    expected: "what a layer of Keras 2 and 3 does, the same in both",
    remedy: "Convert to onnx, which has an operator for every operation.",
  });
}
