/**
 * Which model files lie in folders, which peers read each, and what is stored beside them: a folder may
 * have a `manifest.json`, a list of `{ id, files, expected }` with the largest raw outputs that another
 * engine gave for pictures (`expected[picture]`: pairs of index and value), and the pictures at the
 * networks' sizes as `pictures/<picture>_<edge>.png`.
 */
import { existsSync, readFileSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";

const tfjs = { name: "TensorFlow.js", package: "@tensorflow/tfjs-core", module: "tfjs-model.js" };
const litert = { name: "LiteRT.js", package: "@litertjs/core", module: "litert.js" };
const tfjsTflite = {
  ...{ name: "tfjs-tflite", package: "@tensorflow/tfjs-tflite", module: "tfjs-tflite.js" },
};
const onnxruntime = {
  ...{ name: "onnxruntime-node", package: "onnxruntime-node", module: "onnxruntime-node.js" },
};

/** Kinds of main files and the peers that read them; the first that runs a file is compared with. */
const kinds = [
  {
    ending: /\.tflite$/i,
    peers: [
      { ...litert, host: "chromium" },
      { ...tfjsTflite, host: "chromium" },
    ],
  },
  { ending: /\.onnx$/i, peers: [{ ...onnxruntime, host: "node" }] },
  { ending: /(^|\/)model\.json$/i, peers: [{ ...tfjs, host: "node" }] },
  { ending: /\.(h5|hdf5|keras|safetensors|pth|pt)$/i, peers: [] },
];

const { dependencies } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url)));

/** The model files of folders, and files that are named themselves. */
export async function findModelFiles(places) {
  const found = [];
  for (const place of places) {
    if (!existsSync(place)) {
      console.error(`${place}: not there, passed over`);
      continue;
    }
    const isFolder = (await stat(place)).isDirectory();
    const paths = isFolder ? await readdir(place, { recursive: true }) : [basename(place)];
    const root = isFolder ? place : dirname(place);
    for (const path of paths.sort()) {
      const kind = kinds.find(({ ending }) => ending.test(path));
      if (kind === undefined) continue;
      const peers = kind.peers.map((peer) => ({ ...peer, version: dependencies[peer.package] }));
      const file = join(root, path);
      found.push({ file, title: relative(dirname(place), file), peers, stored: storedFor(file) });
    }
  }
  return found;
}

/** What a manifest in a folder above stores for a file: the pictures and the outputs for them. */
function storedFor(file) {
  for (const root of [dirname(dirname(file)), dirname(file)]) {
    const manifest = join(root, "manifest.json");
    if (!existsSync(manifest)) continue;
    const entries = JSON.parse(readFileSync(manifest, "utf8"));
    const entry = Array.isArray(entries)
      ? entries.find(({ id, files }) =>
          files?.some((one) => join(root, id, one.file) === file || join(root, one.file) === file),
        )
      : undefined;
    if (entry !== undefined) return { pictures: join(root, "pictures"), ...entry };
  }
  return undefined;
}

/** The stored pictures of a size, with the stored outputs where there are any. */
export async function picturesFor(stored, edge) {
  if (stored === undefined || !existsSync(stored.pictures)) return [];
  const ending = `_${edge}.png`;
  return (await readdir(stored.pictures))
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => ({
      name: name.slice(0, -ending.length),
      path: join(stored.pictures, name),
      expected: stored.expected?.[name.slice(0, -ending.length)],
    }));
}
