/**
 * Who is measured, as data. `host` names the process that runs the engine, `files` what a case must
 * offer, `precision` whether it takes part only in such cases, `wasm` whether it belongs to the peers
 * that run in WebAssembly. Every entry makes one participant per thread count.
 */
export const engines = [
  {
    name: "ours-8bit-node20",
    module: "ours-8bit.js",
    host: "node",
    threads: [1, 2],
    files: ["model.tflite"],
    precision: "int8",
  },
  {
    name: "ours-8bit-node24",
    module: "ours-8bit.js",
    host: "node24",
    threads: [1, 2],
    files: ["model.tflite"],
    precision: "int8",
  },
  {
    name: "ours-8bit-node24-turbo",
    module: "ours-8bit.js",
    host: "node24",
    threads: [1, 2],
    files: ["model.tflite"],
    precision: "int8",
    v8Flags: ["--experimental-wasm-revectorize"],
    options: { turbo: true },
  },
  {
    name: "ours-8bit-chromium",
    module: "ours-8bit.js",
    host: "chromium",
    threads: [1, 2],
    files: ["model.tflite"],
    precision: "int8",
  },
  {
    name: "ours-8bit-onnxruntime",
    module: "ours-8bit.js",
    host: "node",
    threads: [1, 2],
    files: ["model.tflite"],
    precision: "int8",
    options: { onnxruntime: true },
  },
  { name: "ours-node20", module: "ours.js", host: "node", threads: [1, 2], files: ["weights.bin"] },
  {
    name: "ours-node24",
    module: "ours.js",
    host: "node24",
    threads: [1, 2],
    files: ["weights.bin"],
  },
  {
    name: "ours-node24-turbo",
    module: "ours.js",
    host: "node24",
    threads: [1, 2],
    files: ["weights.bin"],
    v8Flags: ["--experimental-wasm-revectorize"],
    options: { turbo: true },
  },
  {
    name: "ours-chromium",
    module: "ours.js",
    host: "chromium",
    threads: [1, 2],
    files: ["weights.bin"],
  },
  {
    name: "ours-onnxruntime",
    module: "ours.js",
    host: "node",
    threads: [1, 2],
    files: ["weights.bin"],
    options: { onnxruntime: true },
  },
  {
    name: "tfjs-wasm-node20",
    module: "tfjs.js",
    host: "node",
    threads: [1],
    files: ["weights.bin"],
    wasm: true,
  },
  {
    name: "tfjs-wasm-chromium",
    module: "tfjs.js",
    host: "chromium",
    threads: [1, 2],
    files: ["weights.bin"],
    wasm: true,
  },
  {
    name: "litert-chromium",
    module: "litert.js",
    host: "chromium",
    threads: [1, 2],
    files: ["model.tflite"],
    wasm: true,
  },
  {
    // The build without relaxed SIMD exists only without threads.
    name: "litert-compat-chromium",
    module: "litert.js",
    host: "chromium",
    threads: [1],
    files: ["model.tflite"],
    options: { compat: true },
    wasm: true,
  },
  {
    name: "onnxruntime-web-node20",
    module: "onnxruntime-web.js",
    host: "node",
    threads: [1, 2],
    files: ["model.onnx"],
    wasm: true,
  },
  {
    name: "onnxruntime-node",
    module: "onnxruntime-node.js",
    host: "node",
    threads: [1, 2],
    files: ["model.onnx"],
  },
];

/** Whether a participant is this library. */
export function isOurs({ engine }) {
  return engine.startsWith("ours-");
}

/**
 * The participants of a case.
 *
 * @param wanted - Engine names, or the beginnings of names; all where undefined.
 */
export function participantsOf({ description, threads, wanted }) {
  const chosen = engines.filter(
    ({ name, files, precision = description.precision }) =>
      (wanted === undefined || wanted.some((prefix) => name.startsWith(prefix))) &&
      precision === description.precision &&
      files.every((file) => description.files.includes(file)),
  );
  return chosen.flatMap(({ name, ...engine }) =>
    engine.threads
      .filter((count) => threads.includes(count))
      .map((count) => ({ ...engine, id: `${name}/${count}`, engine: name, threads: count })),
  );
}
