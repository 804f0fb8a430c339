/** Masks moved with their pictures: each of the input's pixels takes the class at its place in the picture. */
import type { ClassMask } from "../../data/samples.ts";
import { MobileNetError } from "../../errors.ts";
import type { AxisMap, Geometry } from "./geometry.ts";

/** What a mask becomes. */
export interface MovedMask {
  /** Of the network's input. */
  readonly rows: number;
  readonly columns: number;
  /** What pixels get that come from outside the picture. */
  readonly outside: number;
  /** Where the picture's points went; absent where it has the input's size and was not moved. */
  readonly geometry: Geometry | undefined;
  /** What messages call the picture. */
  readonly name: string;
}

/**
 * The classes of the input's pixels, `[rows, columns]`, by nearest neighbour: that of the mask's pixel which
 * the centre falls into.
 *
 * @throws MobileNetError `invalid-image` where the mask has another size than the input, and nothing says
 *   how the picture was moved.
 */
export function moveMask(
  { width, height, classMap }: ClassMask,
  { rows, columns, outside, geometry, name }: MovedMask,
): Uint8Array {
  if (geometry === undefined && (width !== columns || height !== rows)) {
    throw new MobileNetError("invalid-image", "the mask has another size than the input", {
      node: name,
      expected: `${columns} x ${rows}, or samples whose read gives the picture's geometry`,
      received: `${width} x ${height}`,
    });
  }
  const across = sourcesOf(geometry?.across, columns, width);
  const down = sourcesOf(geometry?.down, rows, height);
  const moved = new Uint8Array(rows * columns);
  for (let y = 0; y < rows; y++) {
    const row = down[y]! * width;
    for (let x = 0; x < columns; x++) {
      const column = across[x]!;
      moved[y * columns + x] = row < 0 || column < 0 ? outside : classMap[row + column]!;
    }
  }
  return moved;
}

/** The picture's pixel at the centre of each of so many of the input's, on one axis; −1 for none. */
function sourcesOf(map: AxisMap | undefined, length: number, size: number): Int32Array {
  const { scale, offset } = map ?? { scale: 1, offset: 0 };
  return Int32Array.from({ length }, (_, pixel) => {
    const source = Math.floor((pixel + 0.5 - offset) / scale);
    return source >= 0 && source < size ? source : -1;
  });
}
