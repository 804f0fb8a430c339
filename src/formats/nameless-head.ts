/**
 * Dense layers whose names say nothing, as converters of saved models leave them: a matrix that takes
 * the features is the first, one that takes its outputs the next. Where shapes allow only one chain, its
 * last layer is the classifier.
 */
import { MobileNetError } from "../errors.ts";
import { formatShape, type Tensor } from "../tensor.ts";

/** A dense layer's tensors. */
export interface DenseLayer {
  readonly weights: Tensor<"float32">;
  readonly bias: Tensor<"float32"> | undefined;
}

/**
 * The dense layers among tensors without a place, in order; none where no matrix takes the features.
 *
 * @param features - Channels of the features.
 * @throws MobileNetError `unsupported` where several orders fit.
 */
export function namelessHead(
  tensors: ReadonlyMap<string, Tensor>,
  features: number,
): readonly DenseLayer[] {
  const floats = [...tensors].filter(([, { dtype }]) => dtype === "float32") as [
    string,
    Tensor<"float32">,
  ][];
  const matrices = new Map(floats.filter(([, { shape }]) => shape.length === 2));
  const vectors = new Map(floats.filter(([, { shape }]) => shape.length === 1));
  const layers: DenseLayer[] = [];
  for (let inputs = features; matrices.size > 0; ) {
    const weights = only(
      matrices,
      ({ shape }) => shape[0] === inputs,
      `matrices of ${inputs} inputs`,
    );
    if (weights === undefined) break;
    const outputs = weights.shape[1]!;
    const bias = only(vectors, ({ shape }) => shape[0] === outputs, `biases of ${outputs} values`);
    layers.push({ weights, bias });
    inputs = outputs;
  }
  const [left] = layers.length === 0 ? [] : matrices;
  if (left === undefined) return layers;
  throw ambiguous(`${left[0]} of ${formatShape(left[1].shape)} besides`);
}

/** The one tensor that fits, which is taken out; nothing where none does. */
function only(
  tensors: Map<string, Tensor<"float32">>,
  fits: (tensor: Tensor<"float32">) => boolean,
  what: string,
): Tensor<"float32"> | undefined {
  const [found, ...others] = [...tensors].filter(([, tensor]) => fits(tensor));
  if (others.length > 0) throw ambiguous(`${others.length + 1} ${what}`);
  if (found === undefined) return undefined;
  tensors.delete(found[0]);
  return found[1];
}

function ambiguous(received: string): MobileNetError {
  return new MobileNetError("unsupported", "the head's layers are told apart by no name or shape", {
    expected: "one matrix for the features and one for each layer's outputs",
    received,
    remedy: "Convert the model again: its model.json lacks the graph.",
  });
}
