/** PyTorch's files as models: weights by name, with what whole modules and files beside them say. */
import type { Model } from "../../models/model.ts";
import type { Tensor } from "../../tensor.ts";
import type { MainFile } from "../format.ts";
import { readHuggingFaceFacts } from "../huggingface/facts.ts";
import { modelOfWeights } from "../named-weights.ts";
import type { ReadRequest } from "../request.ts";
import { moduleFacts } from "./module-facts.ts";
import { findStateDict } from "./state-dict.ts";
import { TensorReader } from "./storages.ts";
import { readTorchFile } from "./torch-file.ts";

/** The model of a `.pth`, `.pt` or `pytorch_model.bin`. */
export async function readPytorchModel(main: MainFile, request: ReadRequest): Promise<Model> {
  const { bytes, place } = main;
  const checkpoint = readTorchFile(bytes, place);
  const state = findStateDict(checkpoint.root, place);
  const reader = new TensorReader(checkpoint.storages, { place, bytes: bytes.length });
  const tensors = new Map<string, Tensor>();
  for (const [name, stored] of state.tensors) {
    const tensor = reader.read(name, stored);
    if (tensor !== undefined) tensors.set(name, tensor);
  }
  const said = moduleFacts(state.modules, place);
  const beside = await readHuggingFaceFacts(main, request.signal);
  const notes = [
    ...checkpoint.notes,
    ...state.notes,
    ...(said.notes ?? []),
    ...(beside.notes ?? []),
  ];
  return modelOfWeights(tensors, main, request, { ...said, ...beside, notes });
}
