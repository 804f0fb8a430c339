/** TensorFlow.js's core on one of its backends. */

/**
 * @param backend - `cpu`, plain loops in JavaScript, the closest that it has to the operations'
 *   definitions; or `wasm`, for networks that would take minutes there.
 */
export async function tfjsOn(backend, { importTfjs }) {
  if (backend === "wasm") {
    const { tf, wasm, wasmFolder } = await importTfjs();
    wasm.setWasmPaths(wasmFolder);
    await tf.setBackend("wasm");
    return tf;
  }
  const { default: tf } = await import("@tensorflow/tfjs-core");
  await import("@tensorflow/tfjs-backend-cpu");
  await tf.setBackend("cpu");
  return tf;
}
