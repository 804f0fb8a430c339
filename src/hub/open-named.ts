/** From named weights and their files to a model. */
import type { ModelFiles } from "../formats/files.ts";
import { type ModelOptions, requireRead } from "../formats/model-options.ts";
import { openModel } from "../formats/open-model.ts";
import { bytesSource } from "../formats/sources.ts";
import type { Model } from "../models/model.ts";
import type { NamedWeights } from "./named-source.ts";

/** What is known of a model of named weights before it is opened, and how its files are had. */
interface NamedRequest {
  readonly pull: () => Promise<ModelFiles>;
  readonly options: ModelOptions;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The model of named weights.
 *
 * @throws MobileNetError `invalid-argument` where an option is given that the name settles; what reading
 *   the files throws.
 */
export async function openNamed(
  { name, describe }: NamedWeights,
  { pull, options, signal }: NamedRequest,
): Promise<Model> {
  // Before the download: it may take a while.
  if (describe !== undefined) requireRead(options, [], name);
  const files = await pull();
  if (describe === undefined) return openModel(bytesSource(files), { name, options, signal });
  const published = { name, ...(await describe()) };
  return await openModel(bytesSource(files), { name, published, signal });
}
