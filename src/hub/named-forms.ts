/**
 * The forms of names that publishers give their weights, and no more: what such a name means is in
 * named-weights.ts, which is loaded with the first.
 */

/** The kinds of names. */
export type WeightsKind = "hf" | "torchvision" | "keras";

/** Names as people write them, by their kind. */
export const weightsForms: Readonly<Record<WeightsKind, string>> = {
  hf: "hf:OWNER/NAME[@REVISION]",
  torchvision: "torchvision:mobilenet_v2[@v1|@v2]",
  keras: "keras:mobilenet_v2_ALPHA_ROWS[_no_top]",
};

/** Whether a source is of a form that names weights. */
export function namesWeights(source: string): boolean {
  const [kind = ""] = source.split(":");
  return source.includes(":") && Object.hasOwn(weightsForms, kind);
}

/** The forms of names, for help and errors. */
export function namedForms(): readonly string[] {
  return Object.values(weightsForms);
}

/** Addresses of mirrors. */
export interface MirrorOptions {
  /**
   * Where the kinds of names lead, instead of to their publishers: a mirror's address for each. Default:
   * the environment's `MOBILENETV2_HF_URL`, `MOBILENETV2_TORCHVISION_URL` and `MOBILENETV2_KERAS_URL`.
   * `npm` is for pages, which ask no registry: it serves `<package>@<version>/<path>`, by default
   * `https://cdn.jsdelivr.net/npm`.
   */
  readonly weightsUrls?: Readonly<Partial<Record<WeightsKind | "npm", string>>> | undefined;
}
