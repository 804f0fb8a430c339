/**
 * A participant in a Node process: takes the driver's messages over the channel of `fork` and
 * answers each with `{ result }` or `{ error }`.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createSession } from "../lib/session.js";

const [folder, entry] = process.argv.slice(2);

const session = createSession({
  entry,
  path: (file) => join(folder, file),
  read: async (file) => {
    // A buffer of its own, so that typed arrays over it are aligned.
    const bytes = await readFile(join(folder, file));
    return bytes.byteOffset === 0 ? bytes : new Uint8Array(bytes);
  },
  async importTfjs() {
    const tf = await import("@tensorflow/tfjs-core");
    const wasm = await import("@tensorflow/tfjs-backend-wasm");
    const wasmFolder = new URL(
      "../node_modules/@tensorflow/tfjs-backend-wasm/dist/",
      import.meta.url,
    );
    return { tf: tf.default ?? tf, wasm: wasm.default ?? wasm, wasmFolder: wasmFolder.pathname };
  },
});

process.on("disconnect", () => process.exit());
process.on("message", async ({ command, ...message }) => {
  try {
    process.send({ result: await session[command](message) });
  } catch (error) {
    process.send({ error: error instanceof Error ? error.stack : String(error) });
  }
});
