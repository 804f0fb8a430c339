/** A picture of waves, −1 to 1. */
export function pictureOf(
  size: readonly [rows: number, columns: number, channels: number],
): Float32Array {
  const [rows, columns, channels] = size;
  return Float32Array.from({ length: rows * columns * channels }, (_, i) => {
    const channel = i % channels;
    const column = Math.floor(i / channels) % columns;
    const row = Math.floor(i / channels / columns);
    return Math.fround(Math.sin(0.9 * column * (1 + channel) + 0.7 * row + channel));
  });
}

/** The same as bytes from 0 to 255, which are float32 here. */
export function bytesOf(
  size: readonly [rows: number, columns: number, channels: number],
): Float32Array {
  return pictureOf(size).map((value) => Math.round(127.5 * (value + 1)));
}
