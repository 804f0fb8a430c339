/**
 * Safetensors files as models: weights whose names tell whose they are, with what Hugging Face's files
 * beside them say. The weights of this library's own models are read by their `model.json`, which says
 * everything.
 */
import type { Model } from "../models/model.ts";
import { decodeText } from "./files.ts";
import type { MainFile } from "./format.ts";
import { readHuggingFaceFacts } from "./huggingface/facts.ts";
import { metadataName } from "./model-description.ts";
import { modelOfWeights } from "./named-weights.ts";
import { ByteBudget } from "./reading.ts";
import type { ReadRequest } from "./request.ts";
import { readSafetensors } from "./safetensors.ts";

/** A `model.json` of this library is a few kilobytes, and labels. */
const mostDescriptionBytes = 16 * 2 ** 20;

/** The model of a `.safetensors` file. */
export async function readSafetensorsModel(main: MainFile, request: ReadRequest): Promise<Model> {
  const { signal } = request;
  const { tensors, metadata } = readSafetensors(main.bytes, main.place);
  const said = metadata[metadataName];
  if (said !== undefined && request.published === undefined) {
    const { readDescribedWeights } = await import("./described-weights.ts");
    return readDescribedWeights({ tensors, said, names: metadata["names"] }, main, request);
  }
  if (metadata["format"] === "mobilenetv2") {
    const description = await main.readIfThere(
      "model.json",
      new ByteBudget(mostDescriptionBytes),
      signal,
    );
    if (description !== undefined && isOwn(description)) {
      const { readOwnModel } = await import("./own-model.ts");
      const read: MainFile["read"] = async (path, budget, stop) =>
        path === main.name ? main.bytes : main.read(path, budget, stop);
      const own = { ...main, name: "model.json", bytes: description, read };
      return await readOwnModel(own, request);
    }
  }
  return modelOfWeights(tensors, main, request, await readHuggingFaceFacts(main, signal));
}

function isOwn(description: Uint8Array): boolean {
  return /"format"\s*:\s*"mobilenetv2"/.test(decodeText(description));
}
