/**
 * This library by its public interface. The image is written into the executable's input and the
 * outputs are copied out, as a task does it.
 */
import { ourBackend, runner } from "./our-backend.js";

/** @param context - See lib/session.js. */
export async function load({ description, read, image, threads, options, entry }) {
  const library = await import(entry);
  const { bindWeights, compile, mobilenetV2 } = library;
  const backend = await ourBackend(library, options);
  const { width, resolution, classes, parameters } = description;
  const graph = mobilenetV2({ width, resolution, classes });
  const { buffer, byteOffset } = await read("weights.bin");
  const tensors = new Map();
  for (const [name, { shape, offset }] of Object.entries(parameters)) {
    const length = shape.reduce((a, b) => a * b, 1);
    const data = new Float32Array(buffer, byteOffset + offset, length);
    tensors.set(name, { shape, dtype: "float32", data });
  }
  const bound = bindWeights({ ...graph, outputs: ["probabilities", "classifier"] }, tensors);
  const executable = await backend.prepare(compile(bound, backend.target), { threads });
  const run = runner(executable, image);
  return {
    description: executable.description,
    async run() {
      const [probabilities, logits] = await run(2);
      return { probabilities: probabilities.data, logits: logits.data };
    },
  };
}
