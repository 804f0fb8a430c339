/** A class map brought to its picture's pixels, where it has others or covers a part. */
import { isBackgroundClass, noClass } from "../background-label.ts";
import type { ImageSize, Rectangle } from "../image.ts";

/** A class map and what it covers. */
export interface PlacedMap extends ImageSize {
  readonly classMap: Uint8Array;
  /** In the picture's pixels; all of it where absent. */
  readonly area?: Rectangle | undefined;
}

/** The class of each of the picture's pixels, the nearest in the map; outside of it none, or the background. */
export function mapOnPicture(
  map: PlacedMap,
  { width, height }: ImageSize,
  labels: readonly string[],
): ImageSize & { readonly classMap: Uint8Array } {
  const { area = { x: 0, y: 0, width, height } } = map;
  const whole = area.x === 0 && area.y === 0 && area.width === width && area.height === height;
  if (whole && map.width === width && map.height === height) {
    return { width, height, classMap: map.classMap };
  }
  const outside = isBackgroundClass(labels[0]) ? 0 : noClass;
  const classMap = new Uint8Array(width * height).fill(outside);
  const columns = nearest(width, [area.x, area.width], map.width);
  const rows = nearest(height, [area.y, area.height], map.height);
  for (let y = 0; y < height; y++) {
    const row = rows[y]!;
    if (row < 0) continue;
    for (let x = 0; x < width; x++) {
      const column = columns[x]!;
      if (column >= 0) classMap[y * width + x] = map.classMap[row * map.width + column]!;
    }
  }
  return { width, height, classMap };
}

/** The map's pixel for each of the picture's; −1 outside. */
function nearest(
  count: number,
  [start, length]: readonly [start: number, length: number],
  size: number,
): Int32Array {
  return Int32Array.from({ length: count }, (_, pixel) => {
    const at = Math.floor(((pixel + 0.5 - start) * size) / length);
    return at >= 0 && at < size ? at : -1;
  });
}
