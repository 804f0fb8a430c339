/** Pictures of coloured shapes with boxes: discs and squares on noise, drawn from a seed. */
import type { DataSet, Pictures } from "../../src/data/pictures.ts";
import type { TrueObject } from "../../src/data/samples.ts";
import type { Rectangle, RgbImage } from "../../src/image/image.ts";
import { Random } from "../../src/random.ts";

export const boxClasses: readonly string[] = ["disc", "square"];

const colors = [
  [210, 70, 60],
  [60, 90, 210],
] as const;

/** Whether two boxes have anything in common. */
function touch(a: Rectangle, b: Rectangle): boolean {
  const across = a.x < b.x + b.width && b.x < a.x + a.width;
  return across && a.y < b.y + b.height && b.y < a.y + a.height;
}

/** A picture with none to three shapes that lie apart, and their boxes. */
export function drawBoxes(size: number, seed: number): { image: RgbImage; objects: TrueObject[] } {
  const random = new Random(43, seed);
  const data = new Uint8Array(size * size * 3);
  for (let i = 0; i < data.length; i++) data[i] = 100 + random.integer(60);
  const objects: TrueObject[] = [];
  for (let shape = seed % 8 === 0 ? 0 : 1 + random.integer(3); shape > 0; shape--) {
    const edge = Math.round(size * random.between(0.3, 0.55));
    const box = {
      ...{ x: random.integer(size - edge), y: random.integer(size - edge) },
      ...{ width: edge, height: edge },
    };
    const classIndex = random.integer(2);
    if (objects.some((other) => touch(other.box, box))) continue;
    objects.push({ classIndex, box });
    for (let row = 0; row < edge; row++) {
      for (let column = 0; column < edge; column++) {
        const [dx, dy] = [column + 0.5 - edge / 2, row + 0.5 - edge / 2];
        if (classIndex === 0 && Math.hypot(dx, dy) > edge / 2) continue;
        const at = ((box.y + row) * size + box.x + column) * 3;
        for (const [c, value] of colors[classIndex]!.entries()) {
          data[at + c] = value + random.integer(40) - 20;
        }
      }
    }
  }
  return { image: { width: size, height: size, data }, objects };
}

/** A data set of such pictures. */
export function boxData(
  training: number,
  validation: number,
  size = 96,
): DataSet<readonly TrueObject[]> {
  const some = (from: number, count: number): Pictures<readonly TrueObject[]> => {
    const drawn = Array.from({ length: count }, (_, i) => drawBoxes(size, from + i));
    return {
      count,
      name: (index) => `boxes ${from + index}`,
      label: (index) => drawn[index]!.objects,
      picture: async (index) => drawn[index]!.image,
      boxes: (index) => drawn[index]!.objects.map(({ box }) => box),
    };
  };
  return {
    name: "boxes",
    classes: boxClasses,
    training: some(0, training),
    validation: some(training, validation),
  };
}
