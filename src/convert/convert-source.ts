/** What `convert` does wherever it runs: the model is found or taken as it is, then written. */
import type { ModelBytes } from "../formats/files.ts";
import type { LoadHdf5 } from "../formats/keras/write-h5.ts";
import { checkModel } from "../models/check-model.ts";
import { isModel, type Model } from "../models/model.ts";
import { requireOptions } from "../option-names.ts";
import type { Decode } from "../tasks/platform.ts";
import type { Converted, ConvertOptions } from "./conversion.ts";

/** What differs between Node and pages. */
export interface ConvertPlatform<Input> {
  readonly decode: Decode<Input>;
  readonly loadModel: (
    source: string | ModelBytes,
    options: { readonly signal?: AbortSignal },
  ) => Promise<Model>;
  /** Absent in pages. */
  readonly loadHdf5?: LoadHdf5;
}

/** Writes a model that a platform finds. */
export async function convertSource<Input>(
  source: string | ModelBytes | Model,
  options: ConvertOptions<Input>,
  { decode, loadModel, loadHdf5 }: ConvertPlatform<Input>,
): Promise<Converted> {
  requireOptions(options, "convert");
  const open = (from: string | ModelBytes, signal: AbortSignal | undefined): Promise<Model> =>
    loadModel(from, signal ? { signal } : {});
  if (isModel(source)) checkModel(source, "convert");
  // Loaded when it is called: most programs only run models.
  const { convertModel } = await import("./convert-model.ts");
  const model = isModel(source) ? source : await open(source, options.signal);
  return convertModel(model, options, { decode, open, loadHdf5 });
}
