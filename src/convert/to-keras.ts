/** A model as a Keras HDF5 file. */
import { decodeText } from "../formats/files.ts";
import { modelConfig } from "../formats/keras/write-config.ts";
import { writeKerasH5 } from "../formats/keras/write-h5.ts";
import { writeLayers } from "../formats/keras/write-layers.ts";
import { describeModel } from "../formats/model-description.ts";
import { pruneGraph } from "../graph/rewrite.ts";
import { changeOf } from "./changes.ts";
import type { WriteTarget } from "./conversion.ts";

/** Writes the file. */
export const toKeras: WriteTarget = async (model, { loadHdf5 }) => {
  const { graph } = model;
  const written = writeLayers(pruneGraph(graph));
  const file = await writeKerasH5({
    load: loadHdf5,
    config: modelConfig(graph.name, written, "Functional"),
    layers: written.layers,
    description: decodeText(describeModel(model)),
  });
  return {
    files: new Map([["model.h5", file]]),
    settings: {},
    changes: written.isRenamed ? [changeOf("names-changed")] : [],
  };
};
