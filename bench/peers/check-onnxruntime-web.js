/**
 * Whether `backend: "onnxruntime"` works in pages with the real onnxruntime-web: found by the import map, by
 * its address, in a worker, and with providers that a headless browser has not. Each has to give the answer of
 * WebAssembly. After `npm run build` and `npm ci --prefix bench/peers`: `node bench/peers/check-onnxruntime-web.js`
 */
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { chromiumLaunch } from "./lib/chromium.js";
import { servePages } from "./lib/page-server.js";

const origin = await servePages(fileURLToPath(new URL("../..", import.meta.url)));
const browser = await chromium.launch(await chromiumLaunch());
const page = await browser.newPage();
await page.goto(`${origin}/bench/peers/host/page.html`);
const rows = await page.evaluate(async () => {
  const { loadClassifier, createOnnxruntimeBackend } = await import("/dist/browser.js");
  const photo = await (await fetch("/examples/images/chelsea.png")).blob();
  const folder = "/bench/peers/node_modules/onnxruntime-web/dist";
  const at = (file, providers) =>
    createOnnxruntimeBackend({ runtime: `${folder}/${file}`, providers });
  const cases = {
    wasm: {},
    "onnxruntime by its name": { backend: "onnxruntime" },
    "by its address": { backend: at("ort.wasm.bundle.min.mjs") },
    "in a worker": { backend: at("ort.wasm.bundle.min.mjs"), worker: true },
    providers: { backend: at("ort.webgpu.bundle.min.mjs", ["webnn", "webgpu", "wasm"]) },
  };
  const answers = [];
  for (const [name, options] of Object.entries(cases)) {
    const warnings = [];
    const onWarning = (message) => warnings.push(message);
    const model = await loadClassifier("/models/cifar10.tflite", { ...options, onWarning });
    const [best] = await model.classify(photo);
    answers.push({ name, description: model.description, ...best, warnings });
    model.dispose();
  }
  return answers;
});
await browser.close();
for (const { name, description, label, score, warnings } of rows) {
  console.log(`${name}: ${label} ${score.toFixed(4)} (${description})`);
  for (const warning of warnings) console.log(`  ${warning}`);
  // A step of the 8-bit probabilities.
  const isSame = label === rows[0].label && Math.abs(score - rows[0].score) <= 1 / 256;
  if (!isSame || (name !== "wasm" && !description.startsWith("onnxruntime-web"))) {
    process.exitCode = 1;
  }
}
process.exit();
