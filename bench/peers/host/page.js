/** A participant in a page: the session, with files fetched from the bench's own server. */
import { createSession } from "../lib/session.js";

const query = new URLSearchParams(location.search);
const tfjs = "/bench/peers/node_modules/@tensorflow";

globalThis.session = createSession({
  entry: query.get("entry"),
  async read(file) {
    const response = await fetch(`${query.get("folder")}/${file}`);
    if (!response.ok) throw new Error(`${file}: ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  },
  async importTfjs() {
    await loadScript(`${tfjs}/tfjs-core/dist/tf-core.min.js`);
    await loadScript(`${tfjs}/tfjs-backend-wasm/dist/tf-backend-wasm.min.js`);
    const { tf } = globalThis;
    return { tf, wasm: tf.wasm, wasmFolder: `${tfjs}/tfjs-backend-wasm/dist/` };
  },
  async importTfliteOfTfjs() {
    await loadScript(`${tfjs}/tfjs-core/dist/tf-core.min.js`);
    await loadScript(`${tfjs}/tfjs-backend-cpu/dist/tf-backend-cpu.min.js`);
    await loadScript(`${tfjs}/tfjs-tflite/dist/tf-tflite.min.js`);
    const { tflite } = globalThis;
    tflite.setWasmPath(`${tfjs}/tfjs-tflite/wasm/`);
    return { tflite };
  },
});

function loadScript(source) {
  return new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src: source });
    script.addEventListener("load", resolve);
    script.addEventListener("error", () => reject(new Error(`cannot load ${source}`)));
    document.head.append(script);
  });
}
