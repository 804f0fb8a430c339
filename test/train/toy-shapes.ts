/** Pictures of coloured shapes with masks: discs and squares on a ground, drawn from a seed. */
import type { DataSet, Pictures } from "../../src/data/pictures.ts";
import type { ClassMask, MaskLabel } from "../../src/data/samples.ts";
import type { RgbImage } from "../../src/image/image.ts";
import { Random } from "../../src/random.ts";

export const shapeClasses: readonly string[] = ["ground", "disc", "square"];

const colors = [
  [110, 120, 110],
  [200, 70, 60],
  [60, 80, 200],
] as const;

/** A picture with one to three shapes, and its mask; the outermost pixels of some are void. */
export function drawShapes(size: number, seed: number): { image: RgbImage; mask: ClassMask } {
  const random = new Random(41, seed);
  const classMap = new Uint8Array(size * size);
  for (let shape = random.integer(3); shape >= 0; shape--) {
    const radius = random.between(size / 8, size / 4);
    const [x, y] = [random.between(0, size), random.between(0, size)];
    const isDisc = random.uniform() < 0.5;
    for (let row = 0; row < size; row++) {
      for (let column = 0; column < size; column++) {
        const [dx, dy] = [Math.abs(column + 0.5 - x), Math.abs(row + 0.5 - y)];
        const inside = isDisc ? Math.hypot(dx, dy) < radius : Math.max(dx, dy) < radius;
        if (inside) classMap[row * size + column] = isDisc ? 1 : 2;
      }
    }
  }
  const data = new Uint8Array(size * size * 3);
  const light = random.between(-30, 30);
  for (let i = 0; i < data.length; i++) {
    const color = colors[classMap[Math.floor(i / 3)]!]![i % 3]!;
    data[i] = Math.min(255, Math.max(0, Math.round(color + light + 12 * random.normal())));
  }
  if (seed % 4 === 0) classMap.fill(255, 0, size);
  return {
    image: { width: size, height: size, data },
    mask: { width: size, height: size, classMap },
  };
}

/** A data set of such pictures. */
export function shapeData(training: number, validation: number, size = 64): DataSet<MaskLabel> {
  const some = (from: number, count: number): Pictures<MaskLabel> => {
    const drawn = Array.from({ length: count }, (_, i) => drawShapes(size, from + i));
    return {
      count,
      name: (index) => `shapes ${from + index}`,
      label: (index) => ({ readMask: () => drawn[index]!.mask }),
      picture: async (index) => drawn[index]!.image,
    };
  };
  return {
    name: "shapes",
    classes: shapeClasses,
    training: some(0, training),
    validation: some(training, validation),
  };
}
