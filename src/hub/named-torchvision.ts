/** torchvision's MobileNetV2: two sets of weights, whose addresses carry how their hashes begin. */
import type { ModelDescription } from "../formats/request.ts";
import { ranges } from "../image/presets.ts";
import type { ParseName } from "./named-source.ts";
import { tensorflow } from "./records-shared.ts";

/** By torchvision's names for them; the shorter edge of a picture is made so long before the crop. */
const sets: Readonly<Record<string, { readonly hash: string; readonly shortestEdge: number }>> = {
  v1: { hash: "b0353104", shortestEdge: 256 },
  v2: { hash: "7ebf99e0", shortestEdge: 232 },
};

/** `mobilenet_v2`, which means the newer weights as torchvision's default does, `mobilenet_v2@v1` … */
export const torchvisionWeights: ParseName = (rest, base) => {
  const [network, version = "v2", ...more] = rest.split("@");
  const set = Object.hasOwn(sets, version) ? sets[version] : undefined;
  if (network !== "mobilenet_v2" || set === undefined || more.length > 0) return undefined;
  const { hash, shortestEdge } = set;
  return {
    version,
    baseUrl: `${base}/`,
    files: [{ paths: [`mobilenet_v2-${hash}.pth`], sha256Prefix: hash }],
    describe: () => describeTorchvision(shortestEdge),
  };
};

async function describeTorchvision(shortestEdge: number): Promise<Omit<ModelDescription, "name">> {
  const { imagenetLabels } = await import("../models/imagenet-labels.ts");
  return {
    architecture: {
      ...{ network: "mobilenet-v2", task: "classify", width: 1, resolution: [224, 224] },
      ...{ classes: 1000, outputStride: 32, hidden: [] },
      ...{ padding: "symmetric", epsilon: 1e-5, strides: tensorflow.strides },
    },
    preprocess: {
      ...{ width: 224, height: 224, centers: "half-pixel", ...ranges.imagenet },
      fit: { kind: "resize-then-crop", shortestEdge },
    },
    labels: imagenetLabels,
  };
}
