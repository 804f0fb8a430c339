/** Files of strangers in which many tensors or modules share one thing: each costs what it takes of it. */
import { describe, expect, it } from "vitest";
import { denseLayers, filtersOf } from "../../src/formats/pytorch/layout.ts";
import { findStateDict } from "../../src/formats/pytorch/state-dict.ts";
import { TensorReader, TorchStorage, TorchTensor } from "../../src/formats/pytorch/storages.ts";
import { expectSoon, many, pickle, unpickled } from "./pickles.ts";

/** Texts and numbers as a pickle of protocol 2 writes them. */
const text = (value: string): readonly number[] => [
  ...[0x55, value.length],
  ...new TextEncoder().encode(value),
];
const long = (value: number): readonly number[] => [
  0x4a,
  ...new Uint8Array(Int32Array.of(value).buffer),
];
const keep = (place: number): readonly number[] => [
  0x72,
  ...new Uint8Array(Uint32Array.of(place).buffer),
];
const recall = (place: number): readonly number[] => [
  0x6a,
  ...new Uint8Array(Uint32Array.of(place).buffer),
];

describe("what many share", () => {
  it("may be a storage, of which each tensor is a few numbers far apart", async () => {
    const count = 4_000_000;
    const storage = new TorchStorage("0", "HalfStorage", count);
    const bytes = new Uint8Array(2 * count);
    const reader = new TensorReader(() => bytes, { place: "p", bytes: bytes.length });
    const place = { offset: 0, shape: [2], strides: [count - 1], type: undefined };
    await expectSoon(() => {
      for (let i = 0; i < 200; i++) reader.read(`t${i}`, new TorchTensor(storage, place));
    });
  });

  /** Modules within a module, each with an object that stands in the memory's place 0. */
  const modules = (shared: readonly number[], as: readonly (readonly number[])[]): Uint8Array =>
    pickle(
      ...[shared, keep(0), 0x30],
      ...["ctorch.nn\nModule\n", keep(1), 0x29, 0x81, 0x7d, text("_modules"), 0x7d, 0x28],
      ...Array.from({ length: 9000 }, (_, i) => [...long(i), ...as.flat()]),
      ...[0x75, 0x73, 0x62],
    );
  const numbered = many(1).concat(...Array.from({ length: 60_000 }, (_, i) => [...long(i), 0x4e]));

  it.each<[string, Uint8Array]>([
    [
      "a dictionary",
      pickle(
        ...[0x7d, 0x28, numbered, 0x75, keep(0), 0x30, 0x7d, 0x28],
        Array.from({ length: 9000 }, (_, i) => [...long(i), ...recall(0)]).flat(),
        0x75,
      ),
    ],
    [
      "a module's attributes",
      modules([0x7d, 0x28, ...numbered, 0x75], [recall(1), [0x29, 0x81], recall(0), [0x62]]),
    ],
    [
      "the names of buffers that are not kept",
      modules(
        [0x5d, 0x28, ...Array.from({ length: 60_000 }, (_, i) => long(i)).flat(), 0x65],
        [
          [...recall(1), 0x29, 0x81, 0x7d, 0x28],
          [...text("_modules"), 0x7d, ...text("_non_persistent_buffers_set"), ...recall(0)],
          [0x75, 0x62],
        ],
      ),
    ],
  ])("may be %s: it is not gone through each time", async (_, bytes) => {
    const root = unpickled(bytes);
    await expectSoon(() => {
      expect(() => findStateDict(root, "p")).toThrow(/too many parts/);
      findStateDict(root, "p");
    });
  });

  it("may be buffers that are not kept: their names are looked up", async () => {
    // One module whose 40,000 buffers are all among those that are not kept.
    const names = Array.from({ length: 40_000 }, (_, i) => long(i));
    const bytes = pickle(
      ...["ctorch.nn\nModule\n", 0x29, 0x81, 0x7d, 0x28, text("_modules"), 0x7d],
      ...[text("_buffers"), 0x7d, 0x28, names.flatMap((name) => [...name, 0x4e]), 0x75],
      ...[text("_non_persistent_buffers_set"), 0x5d, 0x28, names.flat(), 0x65, 0x75, 0x62],
    );
    const root = unpickled(bytes);
    await expectSoon(() => findStateDict(root, "p"));
  });
});

describe("layers without weights", () => {
  const empty = (shape: readonly number[]) =>
    ({ dtype: "float32", shape, data: new Float32Array(0) }) as const;

  it("are refused, whatever their shape", async () => {
    for (const work of [
      () => filtersOf("stem", empty([2 ** 40, 1, 0, 0])),
      () => denseLayers(new Map([["classifier.weight", empty([2 ** 40, 0])]])),
    ]) {
      await expectSoon(() => {
        expect(work).toThrow(/no weights.*1099511627776/);
        work();
      });
    }
  });
});
