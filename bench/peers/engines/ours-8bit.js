/**
 * This library on an 8-bit `.tflite` file. Image and probabilities stay the integers that the network
 * has for them, as with the peers.
 */

/** @param context - See lib/session.js. */
export async function load({ read, image, threads, options, entry }) {
  const library = await import(entry);
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
      return { probabilities: executable.outputTensor().data };
    },
  };
}
