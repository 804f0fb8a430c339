/**
 * Which part of a picture becomes a sample. A part may reach beyond the picture, where nothing is; all is
 * drawn from the picture's size, its boxes and a random stream.
 */
import { overlap } from "../../evaluate/match-boxes.ts";
import type { ImageSize, Rectangle } from "../../image/image.ts";
import type { Random } from "../../random.ts";

/** A rectangle of whole pixels: ten tries at the area and ratio, then the largest square in the middle. */
export function randomRegion(
  { width, height }: ImageSize,
  [least, most]: readonly [number, number],
  random: Random,
): Rectangle {
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = width * height * random.between(least, most);
    const ratio = Math.exp(random.between(Math.log(3 / 4), Math.log(4 / 3)));
    const [w, h] = [Math.round(Math.sqrt(area * ratio)), Math.round(Math.sqrt(area / ratio))];
    if (w < 1 || h < 1 || w > width || h > height) continue;
    return {
      x: random.integer(width - w + 1),
      y: random.integer(height - h + 1),
      width: w,
      height: h,
    };
  }
  const edge = Math.min(width, height);
  const [x, y] = [Math.floor((width - edge) / 2), Math.floor((height - edge) / 2)];
  return { x, y, width: edge, height: edge };
}

/** The least shares of a box that a part must overlap (intersection over union), of which one is drawn. */
const leastOverlaps = [0.1, 0.3, 0.5, 0.7, 0.9] as const;

/** As often as a part is drawn before the whole picture is taken. */
const mostTries = 50;

/**
 * SSD's part of a picture (Liu et al., 2016, section 2.2): the whole, any part, or one that overlaps a box
 * by at least a share that is drawn, with a box's centre in it; half of the time the whole picture lies on
 * a larger ground instead.
 *
 * @param area - The least and most share of the picture's area that a part has.
 * @param expand - How many times as wide and high the ground is at most; 1 for no ground.
 */
export function overlappingRegion(
  { width, height }: ImageSize,
  {
    boxes,
    area: [least, most],
    expand,
    random,
  }: {
    readonly boxes: readonly Rectangle[];
    readonly area: readonly [number, number];
    readonly expand: number;
    readonly random: Random;
  },
): Rectangle {
  const whole = { x: 0, y: 0, width, height };
  if (expand > 1 && random.uniform() < 0.5) {
    const factor = random.between(1, expand);
    const ground = { width: width * factor, height: height * factor };
    const [x, y] = [random.uniform(), random.uniform()];
    return { ...ground, x: -x * (ground.width - width), y: -y * (ground.height - height) };
  }
  // The first stands for the whole picture, the second for any part.
  const choice = random.integer(leastOverlaps.length + 2);
  if (choice === 0) return whole;
  const wanted = leastOverlaps[choice - 2] ?? 0;
  for (let attempt = 0; attempt < mostTries; attempt++) {
    const size = random.between(least, most);
    const ratio = Math.exp(random.between(Math.log(1 / 2), Math.log(2)));
    const [w, h] = [width * Math.sqrt(size * ratio), height * Math.sqrt(size / ratio)];
    if (w > width || h > height || w < 1 || h < 1) continue;
    const part = {
      x: random.uniform() * (width - w),
      y: random.uniform() * (height - h),
      width: w,
      height: h,
    };
    if (boxes.length === 0) return part;
    const seen = boxes.some((box) => holdsCentre(part, box));
    if (seen && boxes.some((box) => overlap(part, box) >= wanted)) return part;
  }
  return whole;
}

/** A part as large as the picture over a factor from a range, anywhere; a larger one holds all of it. */
export function scaledRegion(
  { width, height }: ImageSize,
  [least, most]: readonly [number, number],
  random: Random,
): Rectangle {
  const factor = Math.exp(random.between(Math.log(least), Math.log(most)));
  const size = { width: width / factor, height: height / factor };
  const [x, y] = [random.uniform(), random.uniform()];
  return { ...size, x: x * (width - size.width), y: y * (height - size.height) };
}

/** Whether a box's centre lies in a part. */
function holdsCentre(part: Rectangle, box: Rectangle): boolean {
  const [x, y] = [box.x + box.width / 2 - part.x, box.y + box.height / 2 - part.y];
  return x >= 0 && x < part.width && y >= 0 && y < part.height;
}
