/** The backend of this library that a participant runs on. */

/** @param options - See registry.js; `backend` is the name of an export. */
export async function ourBackend(library, { turbo, onnxruntime, backend: name }) {
  if (turbo) {
    const { enabled, reason } = await library.enableTurbo();
    if (!enabled) throw new Error(reason);
  }
  if (onnxruntime) {
    const { default: runtime } = await import("onnxruntime-node");
    return library.createOnnxruntimeBackend({ runtime });
  }
  const backend = library[name];
  if (backend === undefined) throw new Error(`the library exports no ${name}`);
  return backend;
}

/** A run on an image: all outputs, by hand where the backend can, which spares it a copy. */
export function runner(executable, image) {
  if (executable.run === undefined) return () => executable.infer([image]);
  return (outputs) => {
    executable.inputTensor().data.set(image);
    executable.run();
    return Array.from({ length: outputs }, (_, i) => executable.outputTensor(i));
  };
}
