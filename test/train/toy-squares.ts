/** Pictures of bright squares on a dark ground, with masks, drawn from a seed by whole numbers alone. */
import type { DataSet, Pictures } from "../../src/data/pictures.ts";
import type { MaskLabel } from "../../src/data/samples.ts";
import { Random } from "../../src/random.ts";

/** A data set; none of it is held back unless so many are named. */
export function squareData(count: number, size = 48, held = 0): DataSet<MaskLabel> {
  const draw = (seed: number) => {
    const random = new Random(53, seed);
    const classMap = new Uint8Array(size * size);
    const data = new Uint8Array(size * size * 3);
    const edge = 8 + random.integer(size / 2);
    const [top, left] = [random.integer(size - edge), random.integer(size - edge)];
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        const inside = y >= top && y < top + edge && x >= left && x < left + edge;
        classMap[y * size + x] = inside ? 1 : 0;
        for (let c = 0; c < 3; c++) {
          data[(y * size + x) * 3 + c] = (inside ? 180 : 60) + random.integer(50);
        }
      }
    }
    return {
      image: { width: size, height: size, data },
      mask: { width: size, height: size, classMap },
    };
  };
  const some = (from: number, many: number): Pictures<MaskLabel> => {
    const drawn = Array.from({ length: many }, (_, at) => draw(from + at));
    return {
      count: many,
      name: (index) => `square ${from + index}`,
      label: (index) => ({ readMask: () => drawn[index]!.mask }),
      picture: async (index) => drawn[index]!.image,
    };
  };
  const classes = ["ground", "square"];
  return { name: "squares", classes, training: some(0, count), validation: some(count, held) };
}
