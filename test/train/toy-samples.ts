/** Samples that a small network learns at once: each class has a colour, with noise from a seed. */
import { MobileNetError } from "../../src/errors.ts";
import { Random } from "../../src/random.ts";
import type { SampleSet } from "../../src/train/data/samples.ts";

/** `damaged` names samples that cannot be read. */
export function toySamples(
  count: number,
  classes: number,
  seed: number,
  damaged: readonly number[] = [],
): SampleSet {
  const label = (index: number): number => index % classes;
  return {
    count,
    name: (index) => `sample ${index}`,
    label,
    async read(index, into, random) {
      if (damaged.includes(index)) throw new MobileNetError("invalid-image", "not a picture");
      const noise = new Random(seed, index);
      const moved = random?.between(-0.1, 0.1) ?? 0;
      for (let i = 0; i < into.length; i++) {
        const color = Math.cos(label(index) * 2 + (i % 3) * 2);
        into[i] = color + moved + 0.5 * noise.normal();
      }
    },
  };
}
