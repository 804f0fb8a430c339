/**
 * What onnxruntime computes from the files of `operators/`, with its kernels unjoined:
 * `npm ci --prefix bench/peers && node test/onnx/make/operators.js`. Inputs are sin(0.37 i), i counting
 * the values in their own order; of bytes, that times 127 plus 128.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const { InferenceSession, Tensor } = createRequire(
  new URL("../../../bench/peers/package.json", import.meta.url),
)("onnxruntime-node");
const folder = new URL("../operators/", import.meta.url);
const expected = {};
for (const name of readdirSync(folder).filter((file) => file.endsWith(".onnx"))) {
  const settings = { graphOptimizationLevel: "disabled", logSeverityLevel: 3 };
  const session = await InferenceSession.create(readFileSync(new URL(name, folder)), settings);
  const bytes = name === "bytes.onnx";
  const wave = Array.from({ length: 768 }, (_, i) => Math.sin(0.37 * i));
  const x = bytes
    ? new Tensor(
        "uint8",
        Uint8Array.from(wave, (v) => Math.round(v * 127 + 128)),
        [1, 16, 16, 3],
      )
    : new Tensor("float32", Float32Array.from(wave), [1, 3, 16, 16]);
  const { y } = await session.run({ x });
  const values = Array.from(y.data, (value) => Number(value.toFixed(6)));
  expected[name.replace(".onnx", "")] = { dims: y.dims, values };
}
writeFileSync(new URL("expected.json", folder), `${JSON.stringify(expected)}\n`);
