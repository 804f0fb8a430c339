/** onnxruntime-node, which bench/peers installs, as an engine of ONNX files. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Engine } from "../test/onnx/compare.ts";
import type { OnnxTensor } from "../test/onnx/read-model.ts";

/** As much of onnxruntime as is used here. */
interface Runtime {
  readonly InferenceSession: {
    create(file: Uint8Array, options: object): Promise<Session>;
  };
  readonly Tensor: new (type: string, data: object, dims: readonly number[]) => RuntimeTensor;
}
interface Session {
  run(inputs: object): Promise<Readonly<Record<string, RuntimeTensor>>>;
  release(): Promise<void>;
}
interface RuntimeTensor {
  readonly type: OnnxTensor["element"];
  readonly dims: readonly number[];
  readonly data: Float32Array | Uint8Array;
}

const peers = join(process.cwd(), "bench/peers");
if (!existsSync(join(peers, "node_modules")))
  throw new Error("run npm ci --prefix bench/peers first");
const { InferenceSession, Tensor }: Runtime = createRequire(join(peers, "package.json"))(
  "onnxruntime-node",
);

/** Runs a file, all of its outputs by name. */
export const onnxruntime: Engine = async (file, inputs) => {
  const settings = { logSeverityLevel: 3, intraOpNumThreads: 1, graphOptimizationLevel: "all" };
  const session = await InferenceSession.create(file, settings);
  const feeds = [...inputs].map(([name, { element, dims, data }]) => {
    return [name, new Tensor(element, data, dims)] as const;
  });
  const outputs = await session.run(Object.fromEntries(feeds));
  const results = Object.entries(outputs).map(([name, { type, dims, data }]) => {
    return [name, { element: type, dims, data: data.slice() }] as const;
  });
  await session.release();
  return new Map(results);
};
