/** Layers that change nothing where a network does not learn: noise, dropout, augmentation. */
import type { KerasTensor } from "./importer.ts";
import type { LayerImport, ReadLayer } from "./layer-import.ts";

const names = [
  "ActivityRegularization",
  "AlphaDropout",
  "AugMix",
  "CutMix",
  "Dropout",
  "GaussianDropout",
  "GaussianNoise",
  "Identity",
  "MixUp",
  "RandAugment",
  "RandomBrightness",
  "RandomColorDegeneration",
  "RandomColorJitter",
  "RandomContrast",
  "RandomElasticTransform",
  "RandomErasing",
  "RandomFlip",
  "RandomGaussianBlur",
  "RandomGrayscale",
  "RandomHeight",
  "RandomHue",
  "RandomInvert",
  "RandomPerspective",
  "RandomPosterization",
  "RandomRotation",
  "RandomSaturation",
  "RandomSharpness",
  "RandomShear",
  "RandomTranslation",
  "RandomWidth",
  "RandomZoom",
  "SpatialDropout2D",
];

/** Gives what it reads, unless the model calls it as if it learned. */
function pass(layer: LayerImport): KerasTensor {
  return layer.input();
}

export const passingLayers: Readonly<Record<string, ReadLayer>> = Object.fromEntries(
  names.map((name) => [name, pass]),
);
