/**
 * This library on an 8-bit `.tflite` file. Image and probabilities stay integers, as with the peers;
 * a classifier loads without the file's last conversion to uint8, which is made up for here.
 */

/** @param context - See lib/session.js. */
export async function load({ read, image, threads, options, entry }) {
  const library = await import(entry);
  if (options.turbo) {
    const { enabled, reason } = await library.enableTurbo();
    if (!enabled) throw new Error(reason);
  }
  const backend = library[options.backend];
  if (backend === undefined) throw new Error(`${entry} exports no ${options.backend}`);
  const file = await read("model.tflite");
  const { graph } = await library.loadModel(new Map([["model.tflite", file]]));
  const program = library.compile(graph, backend.target);
  const executable = await backend.prepare(program, { threads });
  return {
    description: executable.description,
    run() {
      executable.inputTensor().data.set(image);
      executable.run();
      const { dtype, data } = executable.outputTensor();
      const probabilities = dtype === "int8" ? Uint8Array.from(data, (q) => q + 128) : data;
      return { probabilities };
    },
  };
}
