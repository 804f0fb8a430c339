/**
 * Writes Keras's HDF5 files, as Keras 2 saves whole models and Keras 3 reads them: the configuration is an
 * attribute of the file, each layer's weights lie in a group of its name. The HDF5 library is the package
 * h5wasm, which nobody needs for anything else: it is loaded when a file is written.
 */
import { describeError, MobileNetError } from "../../errors.ts";
import { metadataName } from "../model-description.ts";
import type { DraftLayer } from "./layer-draft.ts";
import { writtenVersion } from "./write-config.ts";

type H5wasm = typeof import("h5wasm");

/** Loads the package h5wasm, or throws the host's error. */
export type LoadHdf5 = () => Promise<H5wasm>;

/** What a file holds. */
interface KerasH5 {
  /** Loads h5wasm; absent where no host does. */
  readonly load: LoadHdf5 | undefined;
  readonly config: unknown;
  /** In Keras's order. */
  readonly layers: readonly DraftLayer[];
  /** This library's own entry. */
  readonly description: string;
}

/**
 * The bytes of a `.h5` file.
 *
 * @throws MobileNetError `unsupported` where h5wasm is not installed, or in a page.
 */
export async function writeKerasH5({
  load,
  config,
  layers,
  description,
}: KerasH5): Promise<Uint8Array> {
  const { default: h5wasm } = await loadPackage(load);
  const { FS: files } = await h5wasm.ready;
  const path = `${crypto.randomUUID()}.h5`;
  // As h5py writes by default: the least that a file needs, which every reader has.
  const file = new h5wasm.File(path, "w", { libver: ["earliest", "latest"] });
  try {
    file.create_attribute("keras_version", writtenVersion);
    file.create_attribute("backend", "tensorflow");
    file.create_attribute("model_config", JSON.stringify(config));
    file.create_attribute(metadataName, description);
    const weights = file.create_group("model_weights");
    weights.create_attribute("keras_version", writtenVersion);
    weights.create_attribute("backend", "tensorflow");
    writeNames(
      weights,
      "layer_names",
      layers.map(({ name }) => name),
    );
    for (const layer of layers) {
      const group = weights.create_group(layer.name);
      const names = layer.weights.map(({ role }) => `${layer.name}/${role}:0`);
      writeNames(group, "weight_names", names);
      const inner = names.length === 0 ? undefined : group.create_group(layer.name);
      for (const { role, tensor } of layer.weights) {
        const shape = [...tensor.shape];
        inner?.create_dataset({ name: `${role}:0`, data: tensor.data, shape, dtype: "<f" });
      }
    }
  } finally {
    file.close();
  }
  try {
    return files!.readFile(path);
  } finally {
    files!.unlink(path);
  }
}

type Group = InstanceType<H5wasm["Group"]>;

/** An attribute lies in the header of its object, which holds no more than this. */
const mostBytes = 64_512;

/** Texts of equal length, as Keras keeps names; in several attributes where one would be too large. */
function writeNames(group: Group, attribute: string, names: readonly string[]): void {
  const size = Math.max(1, ...names.map(({ length }) => length));
  const most = Math.floor(mostBytes / size);
  if (names.length <= most) {
    group.create_attribute(attribute, [...names], [names.length], `S${size}`);
    return;
  }
  for (let i = 0; i * most < names.length; i++) {
    const part = names.slice(i * most, (i + 1) * most);
    group.create_attribute(`${attribute}${i}`, part, [part.length], `S${size}`);
  }
}

async function loadPackage(load: LoadHdf5 | undefined): Promise<H5wasm> {
  if (load === undefined) {
    throw new MobileNetError("unsupported", "Keras's files are written in Node alone", {
      remedy: "Convert it there, by mobilenetv2 convert, or to tfjs.",
    });
  }
  try {
    return await load();
  } catch (cause) {
    throw new MobileNetError("unsupported", "Keras's files are written by the package h5wasm", {
      expected: "h5wasm, which is not installed with this library",
      received: describeError(cause).split(/\s*\n/, 1)[0] ?? "",
      remedy: "Install it with: npm install h5wasm",
      cause,
    });
  }
}
