/**
 * Keras's files as the library that Keras reads them by sees them: h5py, walked as Keras's own loader of HDF5
 * does, layer by layer and weight by weight. It is Debian's python3-h5py, so that this is a long form, and
 * runs where that is installed.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { toKeras } from "../../src/convert/to-keras.ts";
import { writeLayers } from "../../src/formats/keras/write-layers.ts";
import { pruneGraph } from "../../src/graph/rewrite.ts";
import { classifier, detector, segmenter } from "../off-thread/models.ts";
import { pythonWith } from "../python.ts";

const walk = `
import hashlib, json, sys, h5py
with h5py.File(sys.argv[1], "r") as file:
    # What keras.models.load_model reads first, as text in either form.
    config = file.attrs["model_config"]
    config = json.loads(config.decode("utf-8") if hasattr(config, "decode") else config)
    weights = file["model_weights"]
    text = lambda names: [n.decode("utf8") if hasattr(n, "decode") else n for n in names]
    layers = []
    for name in text(weights.attrs["layer_names"]):
        group = weights[name]
        values = [group[each] for each in text(group.attrs["weight_names"])]
        layers.append({
            "name": name,
            "weights": [[str(v.dtype), list(v.shape), hashlib.sha256(v[()].tobytes()).hexdigest()] for v in values],
        })
    print(json.dumps({
        "class": config["class_name"],
        "order": [layer["config"]["name"] for layer in config["config"]["layers"]],
        "layers": layers,
    }))
`;

const python = pythonWith("h5py");

describe.skipIf(python === undefined)("h5py finds every layer's weights in Keras's order", () => {
  const folder = mkdtempSync(join(tmpdir(), "keras-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(Object.entries({ classifier, detector, segmenter }))("of a %s", async (name, make) => {
    const model = make();
    const { files } = await toKeras(model, {
      precision: "f32",
      loadHdf5: () => import("h5wasm"),
    });
    const path = join(folder, `${name}.h5`);
    writeFileSync(path, files.get("model.h5")!);
    const { stdout, stderr, status } = spawnSync(python!, ["-c", walk, path], { encoding: "utf8" });
    expect(status, stderr).toBe(0);
    const found = JSON.parse(stdout);
    const { layers } = writeLayers(pruneGraph(model.graph));
    expect(found.class).toBe("Functional");
    expect(found.order).toEqual(layers.map((layer) => layer.name));
    expect(found.layers).toEqual(
      layers.map((layer) => ({
        name: layer.name,
        weights: layer.weights.map(({ tensor: { shape, data } }) => {
          const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
          return ["float32", [...shape], createHash("sha256").update(bytes).digest("hex")];
        }),
      })),
    );
    expect(
      found.layers.flatMap((layer: { weights: unknown[] }) => layer.weights).length,
    ).toBeGreaterThan(50);
  });
});
