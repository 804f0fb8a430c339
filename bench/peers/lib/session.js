/**
 * What happens inside a participant's process, in Node and in a page alike: load once, answer with
 * outputs, then run in bursts whenever the driver says so. One run goes from an image in a typed
 * array to outputs in typed arrays, which is what a caller waits for.
 */
import { timePromise } from "../../../dist/timing.js";
import { packTensor, unpackTensor } from "./tensors.js";

/**
 * @param host - How this host gets at things: `read(file)` gives bytes, `path(file)` a file's path
 *   (Node only), `entry` the library's module, `importTfjs()`.
 */
export function createSession(host) {
  let engine;
  const timed = () => timePromise(() => engine.run());
  return {
    /** From before the engine's import to its first result; the image is in memory by then. */
    async load({ module, threads, options }) {
      const description = JSON.parse(new TextDecoder().decode(await host.read("case.json")));
      const bytes = await host.read("image.bin");
      const image =
        description.precision === "float32"
          ? new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)
          : bytes;
      const start = performance.now();
      const { load } = await import(`../engines/${module}`);
      const { read, path, entry } = host;
      engine = await load({ description, read, path, entry, image, threads, options, host });
      const outputs = await engine.run();
      const coldMs = performance.now() - start;
      return {
        coldMs,
        description: engine.description,
        probabilities: [...outputs.probabilities],
        logits: outputs.logits && [...outputs.logits],
      };
    },
    /** Opens a model file of any network, to be asked for its answers. */
    async open({ module, file, options }) {
      const { open } = await import(`../engines/${module}`);
      engine = await open({ file, options, ...host });
      return { description: engine.description, input: engine.input };
    },
    /** All outputs for an input as the file has it. */
    async infer({ input }) {
      return (await engine.infer(unpackTensor(input))).map(packTensor);
    },
    /** The first run of a burst comes after idleness and is told apart. */
    async burst({ runs }) {
      const idleMs = await timed();
      const runsMs = [];
      for (let i = 0; i < runs; i++) runsMs.push(await timed());
      return { idleMs, runsMs };
    },
  };
}
