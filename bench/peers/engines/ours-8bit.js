/**
 * This library on an 8-bit `.tflite` file. Image and probabilities stay integers, as with the peers;
 * a classifier loads without the file's last conversion to uint8, which is made up for here.
 */
import { ourBackend, runner } from "./our-backend.js";

/** @param context - See lib/session.js. */
export async function load({ read, image, threads, options, entry }) {
  const library = await import(entry);
  const backend = await ourBackend(library, options);
  const file = await read("model.tflite");
  const { graph } = await library.loadModel(new Map([["model.tflite", file]]));
  const program = library.compile(graph, backend.target);
  const executable = await backend.prepare(program, { threads });
  const run = runner(executable, image);
  return {
    description: executable.description,
    async run() {
      const [{ dtype, data }] = await run(1);
      const probabilities = dtype === "int8" ? Uint8Array.from(data, (q) => q + 128) : data;
      return { probabilities };
    },
  };
}
