/** Networks as weights are often published: batch norms folded into biases. */
import { bindWeights } from "../../src/graph/bind.ts";
import type { Network } from "../../src/graph/ir.ts";
import { Random } from "../../src/random.ts";
import { elementCount, type Tensor } from "../../src/tensor.ts";

/** A network whose weights come without batch norms. */
export function folded(network: Network): Network {
  const random = new Random(9);
  const tensors = new Map<string, Tensor>();
  for (const [name, { shape }] of network.parameters) {
    const isNorm = name.includes("/batch_norm/");
    if (isNorm && !name.endsWith("/beta")) continue;
    const data = Float32Array.from({ length: elementCount(shape) }, () =>
      random.between(-0.3, 0.3),
    );
    tensors.set(name.replace("batch_norm/beta", "bias"), { dtype: "float32", shape, data });
  }
  return bindWeights(network, tensors);
}
