/**
 * Which colour each thing in a picture gets. Twelve bright colours lie far apart, the first seven of them
 * for people who do not tell red from green too; a class keeps its colour from picture to picture where
 * no other class of the picture has it or one of its family, and things of one class that touch get
 * different ones, unless there are too many to tell apart.
 */
import type { Color, Rectangle } from "../image.ts";
import { sharedArea } from "./geometry.ts";

/** Bright enough to lie over a picture without darkening it. */
export const markColors: readonly Color[] = [
  ...([
    [90, 160, 255],
    [255, 205, 125],
    [0, 180, 50],
    [75, 225, 255],
  ] as const),
  ...([
    [255, 130, 135],
    [10, 255, 210],
    [0, 255, 0],
    [255, 115, 35],
  ] as const),
  ...([
    [250, 80, 255],
    [225, 220, 0],
    [225, 140, 215],
    [120, 170, 110],
  ] as const),
];

/** Colours by their places that have one name: a picture has two of a family when all others are taken. */
const families: readonly (readonly number[])[] = [
  [2, 6, 11],
  [3, 5],
  [4, 10],
];

/** A thing to be coloured: its class, and where it lies. */
export interface Colored {
  readonly index: number;
  readonly box?: Rectangle | undefined;
}

/** Of more things than this, each class has one colour, and none is named by itself. */
export const mostTold = 300;

/** A colour for each thing, in their order. */
export function chooseColors(things: readonly Colored[]): readonly Color[] {
  const variants = things.length <= mostTold ? variantsOf(things) : [];
  const keys = things.map(({ index }, i) => ({ index, variant: variants[i] ?? 0 }));
  const wanted = [...new Map(keys.map((key) => [nameOf(key), key])).values()].sort(
    (a, b) => a.variant - b.variant || a.index - b.index,
  );
  const chosen = new Map<string, Color>();
  const taken = new Set<number>();
  for (const key of wanted) {
    const slot = freeSlot(key.index * 5 + key.variant * 7, taken);
    taken.add(slot);
    chosen.set(nameOf(key), colorOf(slot));
  }
  return keys.map((key) => chosen.get(nameOf(key))!);
}

interface Key {
  readonly index: number;
  /** 0, but for things that touch others of their class. */
  readonly variant: number;
}

function nameOf({ index, variant }: Key): string {
  return `${index}/${variant}`;
}

/** The lowest number that no touching thing of the same class has yet. */
function variantsOf(things: readonly Colored[]): readonly number[] {
  const variants: number[] = [];
  things.forEach(({ index, box }, i) => {
    const used = new Set<number>();
    for (let j = 0; j < i; j++) {
      const other = things[j]!;
      if (other.index === index && box && other.box && sharedArea(box, other.box) > 0) {
        used.add(variants[j]!);
      }
    }
    let variant = 0;
    while (used.has(variant)) variant++;
    variants.push(variant);
  });
  return variants;
}

/**
 * The preferred slot, or the next that is free and of no family that a taken one is of, or the next that is
 * free; past all colours their lighter and deeper shades.
 */
function freeSlot(preferred: number, taken: ReadonlySet<number>): number {
  const count = markColors.length;
  for (let step = 0; step < count; step++) {
    const slot = (preferred + step) % count;
    const family = families.find((slots) => slots.includes(slot)) ?? [slot];
    if (!family.some((one) => taken.has(one))) return slot;
  }
  // A shade is begun when those before it are full.
  for (let shade = Math.floor(taken.size / count); ; shade++) {
    for (let step = 0; step < count; step++) {
      const slot = shade * count + ((preferred + step) % count);
      if (!taken.has(slot)) return slot;
    }
  }
}

function colorOf(slot: number): Color {
  const count = markColors.length;
  const color = markColors[slot % count]!;
  const shade = Math.floor(slot / count);
  if (shade === 0) return color;
  // Lighter, deeper, lighter still …
  const target = shade % 2 === 1 ? 255 : 0;
  const amount = 1 - 0.6 ** Math.ceil(shade / 2);
  const [red, green, blue] = color.map((v) => Math.round(v + (target - v) * amount));
  return [red!, green!, blue!];
}

/** Black or white, whichever stands out more on the given colour (WCAG relative luminance). */
export function inkOn([red, green, blue]: Color): Color {
  const luminance = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  // Equal contrast with black and white: (L + 0.05)² = 0.05 · 1.05.
  return luminance > Math.sqrt(0.05 * 1.05) - 0.05 ? [0, 0, 0] : [255, 255, 255];
}

/** An sRGB byte as linear light, 0 to 1. */
function linear(byte: number): number {
  const value = byte / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}
