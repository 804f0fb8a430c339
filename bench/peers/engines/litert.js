/**
 * LiteRT.js (TFLite with XNNPACK in WebAssembly). It needs a page, because it loads its own scripts
 * through the document.
 */
const wasm = "/bench/peers/node_modules/@litertjs/core/wasm";

/** @param context - See lib/session.js. */
export async function load({ read, image, threads, options }) {
  const { loadAndCompile, loadLiteRt, Tensor } = await import("@litertjs/core");
  const file = options.compat ? "litert_wasm_compat_internal.js" : "litert_wasm_internal.js";
  const liteRt =
    threads > 1
      ? await loadLiteRt(`${wasm}/`, { threads: true })
      : await loadLiteRt(`${wasm}/${file}`);
  const model = await loadAndCompile(await read("model.tflite"), {
    accelerator: "wasm",
    cpuOptions: { numThreads: threads },
  });
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
