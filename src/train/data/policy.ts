/**
 * Policies that need no search: TrivialAugment (Müller and Hutter, 2021) does one operation of random
 * strength to each picture, RandAugment (Cubuk et al., 2020) several of one strength. Operations and
 * ranges are those of torchvision's reimplementations, on the bytes of a picture of the network's size.
 */
import { checkVariant, numberFrom, type VariantKinds, wholeFrom } from "../../check-fields.ts";
import type { RgbImage } from "../../image/image.ts";
import type { Random } from "../../random.ts";
import {
  autoContrast,
  blend,
  equalize,
  greyOf,
  mapBytes,
  meanGrey,
  smooth,
  transform,
} from "./operations.ts";

/** Which operations a picture goes through. */
export type Policy =
  /** One of 14, its strength drawn from 31. */
  | { readonly kind: "trivial" }
  /** So many of 14 (default 2), with repetition, of a strength from 0 to 30 (default 9). */
  | {
      readonly kind: "rand";
      readonly operations?: number | undefined;
      readonly magnitude?: number | undefined;
    };

const policyKinds: VariantKinds<Policy> = {
  trivial: {},
  rand: { operations: wholeFrom(1), magnitude: numberFrom(0, 30) },
};

/** Refuses an unknown policy, settings that it does not have, and values out of range. */
export function checkPolicy(policy: Policy): void {
  checkVariant(policy, policyKinds, "the policy");
}

/** A policy with its defaults filled in. */
export function resolvePolicy(policy: Policy): Policy {
  if (policy.kind === "trivial") return policy;
  const { operations: count = 2, magnitude = 9 } = policy;
  return { kind: "rand", operations: count, magnitude };
}

/** The strongest of each kind. */
interface Strengths {
  /** Pixels along an edge per pixel across it. */
  readonly shear: number;
  /** Pixels, for an edge of so many. */
  readonly translate: (edge: number) => number;
  /** Degrees. */
  readonly rotate: number;
  /** Brightness, saturation, contrast, sharpness: by how much their factor differs from 1. */
  readonly enhance: number;
  /** Bits taken off each byte. */
  readonly bits: number;
}

const strengths: Readonly<Record<Policy["kind"], Strengths>> = {
  trivial: { shear: 0.99, translate: () => 32, rotate: 135, enhance: 0.99, bits: 6 },
  rand: {
    shear: 0.3,
    translate: (edge) => (edge * 150) / 331,
    rotate: 30,
    enhance: 0.9,
    bits: 4,
  },
};

const top = 30;

/** One operation: a picture, a share of the strongest from 0 to 1, and a sign where there are two ways. */
type Operation = (image: RgbImage, share: number, sign: number, most: Strengths) => RgbImage;

/** The operations by name. */
export const operations: Readonly<Record<string, Operation>> = {
  identity: (image) => image,
  shearX: (image, share, sign, { shear }) =>
    transform(image, [1, sign * share * shear, 0, 0, 1, 0]),
  shearY: (image, share, sign, { shear }) =>
    transform(image, [1, 0, 0, sign * share * shear, 1, 0]),
  translateX: (image, share, sign, { translate }) =>
    transform(image, [1, 0, -sign * Math.trunc(share * translate(image.width)), 0, 1, 0]),
  translateY: (image, share, sign, { translate }) =>
    transform(image, [1, 0, 0, 0, 1, -sign * Math.trunc(share * translate(image.height))]),
  rotate(image, share, sign, { rotate }) {
    const angle = (sign * share * rotate * Math.PI) / 180;
    const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
    const [x, y] = [image.width / 2, image.height / 2];
    return transform(image, [cos, -sin, x - cos * x + sin * y, sin, cos, y - sin * x - cos * y]);
  },
  brightness: (image, share, sign, { enhance }) =>
    blend(image, () => 0, 1 + sign * share * enhance),
  saturation: (image, share, sign, { enhance }) =>
    blend(image, (i) => greyOf(image.data, i - (i % 3)), 1 + sign * share * enhance),
  contrast(image, share, sign, { enhance }) {
    const mean = meanGrey(image);
    return blend(image, () => mean, 1 + sign * share * enhance);
  },
  sharpness(image, share, sign, { enhance }) {
    const smoothed = smooth(image);
    return blend(image, (i) => smoothed[i]!, 1 + sign * share * enhance);
  },
  posterize(image, share, _, { bits }) {
    const mask = (0xff << Math.round(share * bits)) & 0xff;
    return mapBytes(image, (value) => value & mask);
  },
  solarize(image, share) {
    const threshold = 255 * (1 - share);
    return mapBytes(image, (value) => (value >= threshold ? 255 - value : value));
  },
  autoContrast,
  equalize,
};

const choices = Object.values(operations);

/** A picture after the policy's operations, drawn from `random`. */
export function applyPolicy(image: RgbImage, policy: Policy, random: Random): RgbImage {
  const resolved = resolvePolicy(policy);
  const { operations: count = 1, magnitude } = resolved.kind === "rand" ? resolved : {};
  let changed = image;
  for (let i = 0; i < count; i++) {
    const operation = choices[random.integer(choices.length)]!;
    const level = magnitude ?? random.integer(top + 1);
    const sign = random.uniform() < 0.5 ? -1 : 1;
    changed = operation(changed, level / top, sign, strengths[policy.kind]);
  }
  return changed;
}
