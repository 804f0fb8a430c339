/**
 * A model whose weights lie in memory that threads share: sent to several workers, they are there once.
 * What a worker's kernels make of them (packed panels) is its own.
 */
import type { Parameter } from "../graph/ir.ts";
import type { Model } from "../models/model.ts";
import type { TensorData } from "../tensor.ts";

/** The same model over shared memory. */
export function shareWeights<M extends Model>(model: M): M {
  const entries = [...model.graph.parameters].map(
    ([name, parameter]) => [name, sharedParameter(parameter)] as const,
  );
  return { ...model, graph: { ...model.graph, parameters: new Map(entries) } };
}

function sharedParameter(parameter: Parameter): Parameter {
  // Products that nobody has computed yet are left to who reads them.
  const { data } = parameter.scaled === undefined ? parameter : {};
  return data === undefined ? parameter : { ...parameter, data: sharedCopy(data) };
}

function sharedCopy<Data extends TensorData>(data: Data): Data {
  const copy: Data = Reflect.construct(data.constructor as new () => Data, [
    new SharedArrayBuffer(data.byteLength),
  ]);
  copy.set(data as never);
  return copy;
}
