/** HDF5 files of strangers, made byte by byte: what they say of their values costs no more than is there. */
import { describe, expect, it } from "vitest";
import { openHdf5 } from "../../src/formats/hdf5/hdf5.ts";

const bytesOf = (value: number, size: number): readonly number[] =>
  Array.from({ length: size }, (_, i) => Math.floor(value / 2 ** (8 * i)) % 256);
const [u16, u32, u64] = [2, 4, 8].map((size) => (value: number) => bytesOf(value, size)) as [
  (value: number) => readonly number[],
  (value: number) => readonly number[],
  (value: number) => readonly number[],
];
const text = (value: string): readonly number[] => [...new TextEncoder().encode(value)];

/** A file whose root is one data set of 1×1 values in one chunk. */
function oneChunk({
  size,
  chunk,
  filters = [],
}: {
  /** Bytes of a value. */
  readonly size: number;
  readonly chunk: readonly [number, number];
  readonly filters?: readonly number[];
}): Uint8Array {
  const message = (type: number, content: readonly number[]): readonly number[] => [
    ...[...u16(type), ...u16(content.length), 0, 0, 0, 0],
    ...content,
  ];
  const header = 48;
  const tree = 512;
  const values = 768;
  const messages = [
    message(1, [1, 2, 0, 0, 0, 0, 0, 0, ...u64(1), ...u64(1)]),
    message(3, [0x11, 0x20, 0x1f, 0, ...u32(size), ...u64(0), ...u32(0)]),
    message(8, [3, 2, 3, ...u64(tree), ...chunk.flatMap(u32), ...u32(size), 0]),
    message(11, [2, filters.length, ...filters.flatMap((id) => [...u16(id), 0, 0, 0, 0])]),
  ].flat();
  const bytes = new Uint8Array(1024);
  bytes.set([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a, 2, 8, 8]);
  bytes.set(u64(header), 36);
  bytes.set([1, 0, ...u16(4), ...u32(1), ...u32(messages.length), ...u32(0), ...messages], header);
  const entry = [...u32(4), ...u32(0), ...u64(0), ...u64(0), ...u64(0), ...u64(values)];
  bytes.set([...text("TREE"), 1, 0, ...u16(1), ...u64(0), ...u64(0), ...entry], tree);
  bytes.set([0, 0, 0x80, 0x3f], values);
  return bytes;
}

describe("a data set", () => {
  const read = async (file: Parameters<typeof oneChunk>[0]) =>
    await openHdf5(oneChunk(file), "made.h5").tensor();

  it("is read as it is written here", async () => {
    expect(await read({ size: 4, chunk: [1, 1] })).toMatchObject({ shape: [1, 1] });
    expect([...(await read({ size: 4, chunk: [1, 1], filters: [2] })).data]).toEqual([1]);
  });

  // Going through them would take minutes.
  it("of values without bytes is refused before its chunks are gone through", async () => {
    await expect(read({ size: 0, chunk: [2 ** 32 - 1, 1] })).rejects.toThrow(/have no bytes/);
  });

  it("whose filter is there twice is refused", async () => {
    const filters = new Array<number>(20).fill(2);
    await expect(read({ size: 4, chunk: [1, 1], filters })).rejects.toThrow(/used twice/);
  });
});
