/** Named weights' files as a source of a model, with what belongs to the weights where the files do not say it. */
import type { ModelFiles } from "../formats/files.ts";
import { type ModelOptions, requireRead } from "../formats/model-options.ts";
import { bytesSource } from "../formats/sources.ts";
import type { PublishedWeights } from "./named-source.ts";
import type { LocatedModel } from "./open-record.ts";

/** What is known of named weights before they are had, and how they are. */
interface NamedRequest {
  readonly pull: () => Promise<ModelFiles>;
  readonly options: ModelOptions;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The model of named weights among its files.
 *
 * @throws MobileNetError `invalid-argument` where an option is given that the name settles; what having
 *   the files throws.
 */
export async function locateNamed(
  { name, describe }: PublishedWeights,
  { pull, options, signal }: NamedRequest,
): Promise<LocatedModel> {
  // Before the download: it may take a while.
  if (describe !== undefined) requireRead(options, [], name);
  const source = bytesSource(await pull());
  if (describe === undefined) return { source, request: { name, options, signal } };
  const published = { name, ...(await describe()) };
  return { source, request: { name, published, signal } };
}
