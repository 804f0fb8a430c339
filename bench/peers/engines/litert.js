/**
 * LiteRT.js (TFLite with XNNPACK in WebAssembly). It needs a page, because it loads its own scripts
 * through the document.
 */
const wasm = "/bench/peers/node_modules/@litertjs/core/wasm";

/** @param context - See lib/session.js. */
export async function load({ read, image, threads, options }) {
  const { Tensor, liteRt, model } = await compileFile(await read("model.tflite"), threads, options);
  const [{ shape }] = model.getInputDetails();
  const build = options.compat ? "compat" : "relaxed SIMD";
  const available =
    threads > 1 ? `, ${liteRt.liteRtWasm.getThreadCount()} threads in its pool` : "";
  return {
    description: `LiteRT.js ${build}, ${threads} thread(s)${available}`,
    async run() {
      const input = new Tensor(image, shape);
      const outputs = await model.run(input);
      input.delete();
      const [probabilities, logits] = outputs.map((output) => output.toTypedArray().slice());
      for (const output of outputs) output.delete();
      return { probabilities, logits };
    },
  };
}

/** Any network's file. @param context - See lib/session.js. */
export async function open({ file, read }) {
  const { Tensor, model } = await compileFile(await read(file), 1, {});
  const [{ shape, dtype }] = model.getInputDetails();
  return {
    input: { shape: [...shape], dtype },
    async infer({ data }) {
      const input = new Tensor(data, shape);
      const outputs = await model.run(input);
      input.delete();
      const details = model.getOutputDetails();
      return outputs.map((output, i) => {
        const values = output.toTypedArray().slice();
        output.delete();
        return { shape: [...details[i].shape], dtype: details[i].dtype, data: values };
      });
    },
  };
}

async function compileFile(bytes, threads, { compat }) {
  const { loadAndCompile, loadLiteRt, Tensor } = await import("@litertjs/core");
  const file = compat ? "litert_wasm_compat_internal.js" : "litert_wasm_internal.js";
  const liteRt =
    threads > 1
      ? await loadLiteRt(`${wasm}/`, { threads: true })
      : await loadLiteRt(`${wasm}/${file}`);
  const cpuOptions = { numThreads: threads };
  const model = await loadAndCompile(bytes, { accelerator: "wasm", cpuOptions });
  return { Tensor, liteRt, model };
}
