/**
 * Whether onnxruntime's sums of 8-bit products are whole on this processor. Where it has no instruction that
 * adds four of them (VNNI on x86), onnxruntime adds pairs in 16 bits, which saturate, unless it is told to be
 * exact; where it has, being exact takes ten times as long. So a convolution whose pairs saturate is tried.
 */
import { usualOnnxSettings } from "../../formats/onnx/write-settings.ts";
import { writeOnnxAs } from "../../formats/onnx/writer.ts";
import type { Graph } from "../../graph/ir.ts";
import { fieldsOf } from "../../wrong-argument.ts";
import type { FoundModule, OnnxruntimeModule } from "./module.ts";

const known = new WeakMap<OnnxruntimeModule, Promise<boolean>>();

/** Whether sums saturate, tried once. Those of WebAssembly do not. */
export function saturates({ module, package: name }: FoundModule): Promise<boolean> {
  if (name === "onnxruntime-web") return Promise.resolve(false);
  const found = known.get(module) ?? tryConvolution(module);
  known.set(module, found);
  return found;
}

/** Channels whose products are added, of 255 times 127 each. */
const channels = 64;
/** What their sum becomes, where every product counts. */
const expected = 200;

async function tryConvolution({ InferenceSession, Tensor }: OnnxruntimeModule): Promise<boolean> {
  const file = writeOnnxAs(convolution(), { ...usualOnnxSettings, metadata: new Map() });
  const session = await InferenceSession.create(file, { logSeverityLevel: 3 });
  try {
    const input = new Tensor("uint8", new Uint8Array(channels * 16).fill(255), [1, channels, 4, 4]);
    const { sums } = fieldsOf(await session.run({ input }));
    const { data } = fieldsOf(sums);
    return !(data instanceof Uint8Array && data.every((value) => value === expected));
  } finally {
    await session.release();
  }
}

function convolution(): Graph {
  const bytes = { dtype: "uint8", zeroPoint: 0 } as const;
  const shape = [1, 1, channels, channels] as const;
  return {
    name: "sums",
    nodes: [
      {
        ...{ op: "input", name: "input", inputs: [], shape: [1, 4, 4, channels] },
        quantization: { ...bytes, scale: 1 },
      },
      {
        ...{ op: "conv2d", name: "sums", inputs: ["input"], weights: "weights" },
        ...{ kernel: [1, 1], stride: 1, dilation: 1, padding: "valid", activation: "none" },
        quantization: { ...bytes, scale: (channels * 255 * 127) / expected },
      },
    ],
    outputs: ["sums"],
    parameters: new Map([
      [
        "weights",
        {
          ...{ shape, dtype: "int8", data: new Int8Array(channels * channels).fill(127) },
          quantization: { scales: [1], zeroPoints: [0] },
        },
      ],
    ]),
  };
}
