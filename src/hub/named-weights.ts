/**
 * Weights by the names that their publishers give them: `hf:google/mobilenet_v2_1.0_224`, say. No list
 * of ours has them; a kind of name is a row that knows where its files lie, and what belongs to weights
 * that say nothing of themselves. Where a publisher tells no hash, that of the first download counts.
 */
import { MobileNetError } from "../errors.ts";
import { quote } from "../untrusted.ts";
import {
  type MirrorOptions,
  namedForms,
  namesWeights,
  type WeightsKind,
  weightsForms,
} from "./named-forms.ts";
import { kerasWeights } from "./named-keras.ts";
import type { ParseName, PublishedWeights } from "./named-source.ts";
import { torchvisionWeights } from "./named-torchvision.ts";
import type { HubFile, UrlPublished } from "./record.ts";
import { folderAddress } from "./web-address.ts";

interface KindRow {
  /** What they are, for people. */
  readonly title: string;
  /** Its publisher's address. */
  readonly base: string;
  readonly parse: ParseName;
}

/** A path's part that stands for itself in addresses and on disks. */
const word = /^(?!\.+$)[\w.-]{1,96}$/;

const huggingFace: ParseName = (rest, base) => {
  const [path = "", revision = "main", ...more] = rest.split("@");
  const [owner = "", name = "", ...deeper] = path.split("/");
  if (
    more.length + deeper.length > 0 ||
    ![owner, name, revision].every((part) => word.test(part))
  ) {
    return undefined;
  }
  return {
    version: revision,
    baseUrl: `${base}/${owner}/${name}/resolve/${revision}/`,
    files: [
      { paths: ["model.safetensors", "pytorch_model.bin"] },
      { paths: ["config.json"] },
      { paths: ["preprocessor_config.json"], optional: true },
    ],
  };
};

/** The table. */
export const weightsKinds: Readonly<Record<WeightsKind, KindRow>> = {
  hf: {
    title: "MobileNetV2 of transformers or timm on Hugging Face: safetensors with config.json",
    base: "https://huggingface.co",
    parse: huggingFace,
  },
  torchvision: {
    title: "PyTorch's own ImageNet weights, 1000 classes at 224×224",
    base: "https://download.pytorch.org/models",
    parse: torchvisionWeights,
  },
  keras: {
    title: "Keras's ImageNet weights: 0.35, 0.5, 0.75, 1.0 at 96 to 224, 1.3 and 1.4 at 224",
    base: "https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v2",
    parse: kerasWeights,
  },
};

/**
 * The weights that a name means.
 *
 * @throws MobileNetError `not-found` where its kind has no such name.
 *
 * @example
 * ```ts
 * const { baseUrl, files } = findNamedWeights("torchvision:mobilenet_v2@v1");
 * `${baseUrl}${files[0].paths[0]}`; // "https://download.pytorch.org/models/mobilenet_v2-b0353104.pth"
 * ```
 */
export function findNamedWeights(name: string, options: MirrorOptions = {}): PublishedWeights {
  const kind = name.slice(0, name.indexOf(":"));
  const row = namesWeights(name) ? weightsKinds[kind as WeightsKind] : undefined;
  const mirror = row && options.weightsUrls?.[kind as WeightsKind];
  const base = mirror === undefined ? row?.base : mirrorAddress(mirror, kind as WeightsKind);
  const found = row?.parse(name.slice(kind.length + 1), (base ?? "").replace(/\/+$/, ""));
  if (found !== undefined) return { name, ...found };
  throw new MobileNetError("not-found", "there are no such weights", {
    expected: row ? weightsForms[kind as WeightsKind] : namedForms().join(", "),
    received: quote(name),
    remedy: row && `${row.title}.`,
  });
}

/** The address of a mirror, refused where it is none. */
function mirrorAddress(mirror: string, kind: WeightsKind): string {
  return folderAddress(mirror, {
    name: `weightsUrls.${kind}`,
    remedy: `Correct it; in Node it may come from ${kind === "hf" ? "MOBILENETV2_HF_URL or HF_ENDPOINT" : `MOBILENETV2_${kind.toUpperCase()}_URL`}.`,
  }).href;
}

/** Named weights as a record, once the hashes of their files are known. */
export function asRecord(
  { name, version, baseUrl }: PublishedWeights,
  files: readonly HubFile[],
): UrlPublished {
  return { name, source: { kind: "url", version, baseUrl, files } };
}
