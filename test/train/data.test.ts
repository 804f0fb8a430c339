/** Pictures into samples: reproducible splits, seeded augmentation, formats of data sets, freezing. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { folderDataSet } from "../../src/data/folder-node.ts";
import { readClassFolders } from "../../src/data/labelled-images-node.ts";
import { readIdx } from "../../src/data/published-node.ts";
import { encodePng } from "../../src/image/png-node.ts";
import { preprocess } from "../../src/image/preprocess.ts";
import type { Preprocess } from "../../src/image/presets.ts";
import { ranges } from "../../src/image/presets.ts";
import { averageAreas } from "../../src/image/shrink.ts";
import { Random } from "../../src/random.ts";
import { augment } from "../../src/train/data/augment.ts";
import { pictureSamples } from "../../src/train/data/picture-samples.ts";
import { randomRegion } from "../../src/train/data/regions.ts";

const preset: Preprocess = {
  width: 8,
  height: 6,
  fit: { kind: "stretch" },
  centers: "half-pixel",
  ...ranges.unit,
};

/** Each pixel's red is its column, its green its row. */
function gradientImage(width: number, height: number) {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3);
    return [pixel % width, Math.floor(pixel / width), 128][i % 3] as number;
  });
  return { width, height, data };
}

describe("augmentation of a smaller copy", () => {
  it("takes the part that it takes of the picture itself", () => {
    const picture = gradientImage(240, 160);
    const copy = averageAreas(picture, { width: 60, height: 40 });
    const augmentation = { crop: { kind: "resized", area: [0.3, 1] }, flip: true } as const;
    const bytes: Preprocess = { ...preset, ...ranges.bytes };
    for (let seed = 0; seed < 50; seed++) {
      const [whole, small] = [picture, copy].map((image) => {
        const into = new Float32Array(8 * 6 * 3);
        augment(image, { preset: bytes, augmentation, random: new Random(seed), into });
        return into;
      });
      // Areas of a gradient have its values at their middle: off are rounding, half a step, and the edges,
      // where a copy's pixel reaches two of the picture's inwards.
      for (const [i, value] of small!.entries()) {
        expect(Math.abs(value - whole![i]!)).toBeLessThanOrEqual(2.5);
      }
    }
  });

  it("is not taken for a picture of the network's own size", () => {
    const copy = averageAreas(gradientImage(16, 6), { width: 8, height: 6 });
    const central: Preprocess = { ...preset, fit: { kind: "central-crop", fraction: 0.5 } };
    for (const of of [preset, central]) {
      const [plain, augmented] = [new Float32Array(144), new Float32Array(144)];
      preprocess(copy, of, plain);
      augment(copy, { preset: of, augmentation: {}, random: new Random(1), into: augmented });
      expect([...augmented]).toEqual([...plain].map((value) => expect.closeTo(value, 6)));
    }
  });
});

describe("random streams", () => {
  it("are the same for the same key and differ for any other", () => {
    const draw = (...key: number[]) =>
      Array.from({ length: 4 }, () => new Random(...key).uniform());
    expect(draw(1, 2)).toEqual(draw(1, 2));
    const first = [[1, 2], [2, 1], [1, 3], [1], [1, 2, 0]].map((key) =>
      new Random(...key).uniform(),
    );
    expect(new Set(first).size).toBe(5);
  });

  it("have the moments of their distributions", () => {
    const random = new Random(3);
    const count = 20_000;
    const moments = (draw: () => number) => {
      const values = Array.from({ length: count }, draw);
      const mean = values.reduce((a, b) => a + b, 0) / count;
      return [mean, values.reduce((a, b) => a + (b - mean) ** 2, 0) / count] as const;
    };
    // Means err by σ/√n, variances by about √2 σ²/√n (σ² 0.6 for the uniform): five times that.
    const close = (got: readonly [number, number], mean: number, variance: number): void => {
      expect(Math.abs(got[0] - mean)).toBeLessThan((5 * Math.sqrt(variance)) / Math.sqrt(count));
      expect(Math.abs(got[1] - variance)).toBeLessThan((5 * 2 * variance) / Math.sqrt(count));
    };
    close(
      moments(() => random.uniform()),
      1 / 2,
      1 / 12,
    );
    close(
      moments(() => random.normal()),
      0,
      1,
    );
    close(
      moments(() => random.truncatedNormal()),
      0,
      0.7737,
    );
    close(
      moments(() => random.beta(0.5, 0.5)),
      1 / 2,
      1 / 8,
    );
    close(
      moments(() => random.beta(2, 3)),
      0.4,
      0.04,
    );
  });

  it("permute: every number once", () => {
    const order = new Random(4).permutation(100);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect([...order]).not.toEqual([...order].sort((a, b) => a - b));
  });
});

describe("augmentation", () => {
  const image = gradientImage(40, 30);
  const make = (
    seed: number,
    augmentation: Parameters<typeof augment>[1]["augmentation"],
    of = image,
    as = preset,
  ) => {
    const into = new Float32Array(as.width * as.height * 3);
    augment(of, { preset: as, augmentation, random: new Random(seed), into });
    return into;
  };

  it("gives the same picture for the same seed and another for another", () => {
    const all = {
      crop: { kind: "resized", area: [0.2, 1] },
      flip: true,
      color: 0.3,
      erase: 0.5,
    } as const;
    expect(make(1, all)).toEqual(make(1, all));
    expect(make(1, all)).not.toEqual(make(2, all));
  });

  it("mirrors half of the pictures", () => {
    const plain = make(0, {});
    const flipped = Array.from({ length: 200 }, (_, seed) => make(seed, { flip: true })).filter(
      (values) => (values[0] as number) > (values[21] as number),
    );
    // 200 throws: 100 ± 7; five deviations.
    expect(Math.abs(flipped.length - 100)).toBeLessThan(36);
    expect([0, 1, 2].map((c) => flipped[0]?.[21 + c])).toEqual([0, 1, 2].map((c) => plain[c]));
  });

  it("shifts whole pixels and fills with black", () => {
    const small = gradientImage(8, 6);
    const same: Preprocess = { ...preset, scale: [1, 1, 1], offset: [0, 0, 0] };
    const shifted = make(5, { crop: { kind: "shift", pixels: 3 } }, small, same);
    const at = (x: number, y: number) => [
      ...shifted.subarray((y * 8 + x) * 3, (y * 8 + x) * 3 + 3),
    ];
    const moves = new Set<string>();
    for (let y = 0; y < 6; y++) {
      for (let x = 0; x < 8; x++) {
        const [red = 0, green = 0, blue = 0] = at(x, y);
        if (blue === 0) expect([red, green]).toEqual([0, 0]);
        else moves.add(`${x - red},${y - green}`);
      }
    }
    expect(moves.size).toBe(1);
  });

  it("copies pixels in one pass to what resizing, moving and scaling in turn give", () => {
    const small = gradientImage(8, 6);
    // A crop of the whole is no stretch, and so takes the long way.
    const long: Preprocess = { ...preset, fit: { kind: "central-crop", fraction: 1 } };
    const augmentation = { crop: { kind: "shift", pixels: 9 }, flip: true, cutout: 3 } as const;
    for (let seed = 0; seed < 50; seed++)
      expect(make(seed, augmentation, small)).toEqual(make(seed, augmentation, small, long));
  });

  it("cuts out a square, or what of it is inside", () => {
    const sizes = Array.from({ length: 300 }, (_, seed) => {
      const blue = make(seed, { cutout: 4 }).filter((_, i) => i % 3 === 2);
      const holes = [...blue.keys()].filter((i) => blue[i] === 0);
      const [columns, rows] = [holes.map((i) => i % 8), holes.map((i) => Math.floor(i / 8))];
      const span = (of: number[]) => Math.max(...of) - Math.min(...of) + 1;
      expect(holes.length).toBe(span(columns) * span(rows));
      return `${span(columns)} ${span(rows)}`;
    });
    // A 4 × 4 square around every pixel: at the edges 2 or 3 of it are left.
    expect(new Set(sizes)).toEqual(
      new Set(["2 2", "2 3", "2 4", "3 2", "3 3", "3 4", "4 2", "4 3", "4 4"]),
    );
  });

  it("erases a rectangle of zeros", () => {
    const erased = make(6, { erase: 1 });
    const zeros = erased.filter((_, i) => i % 3 === 2).filter((blue) => blue === 0).length;
    expect(zeros).toBeGreaterThan(0);
    expect(zeros).toBeLessThanOrEqual(0.4 * 48);
  });

  it("crops regions inside the picture, of the area asked for", () => {
    for (let seed = 0; seed < 200; seed++) {
      const { x, y, width, height } = randomRegion(image, [0.3, 0.5], new Random(seed));
      expect(x >= 0 && y >= 0 && x + width <= 40 && y + height <= 30).toBe(true);
      // Rounding both edges moves the area by up to half of each.
      expect(width * height).toBeGreaterThan(0.3 * 1200 - (width + height) / 2 - 1);
      expect(width * height).toBeLessThan(0.5 * 1200 + (width + height) / 2 + 1);
    }
  });
});

describe("idx files", () => {
  const header = (...sizes: number[]) => [
    0,
    0,
    8,
    sizes.length,
    ...sizes.flatMap((s) => [0, 0, 0, s]),
  ];

  it("are read by their dimensions", () => {
    const { shape, data } = readIdx(Uint8Array.of(...header(2, 1, 2), 1, 2, 3, 4), "x");
    expect(shape).toEqual([2, 1, 2]);
    expect([...data]).toEqual([1, 2, 3, 4]);
  });

  it.each([
    ["empty", []],
    ["of other values", [0, 0, 13, 1, 0, 0, 0, 0]],
    ["cut in the dimensions", [0, 0, 8, 3, 0]],
    ["short of values", [...header(3), 1]],
    ["longer than it says", [...header(1), 1, 2]],
    ["huge by its header", [0, 0, 8, 2, 255, 255, 255, 255, 255, 255, 255, 255]],
  ])("are refused when %s", (_, bytes) => {
    expect(() => readIdx(Uint8Array.from(bytes), "x")).toThrow(/malformed/);
  });
});

describe("a folder of folders", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "mobilenetv2-data-"));
    for (const [c, name] of ["cats", "dogs"].entries()) {
      await mkdir(join(folder, name));
      for (let i = 0; i < [10, 5][c]!; i++) {
        await writeFile(join(folder, name, `${i}.png`), await encodePng(gradientImage(4 + i, 5)));
      }
    }
    await writeFile(join(folder, "cats", "notes.txt"), "no picture");
    await writeFile(join(folder, "dogs", "broken.jpg"), "no picture either");
  });
  const others: string[] = [];
  afterAll(() =>
    Promise.all([folder, ...others].map((made) => rm(made, { recursive: true, force: true }))),
  );
  const names = (set: { count: number; name(i: number): string }) =>
    Array.from({ length: set.count }, (_, i) => set.name(i));

  it("is split by class, each picture once, the same for the same seed", async () => {
    const { classes, training, validation } = await folderDataSet(folder, { seed: 1 });
    expect(classes).toEqual(["cats", "dogs"]);
    expect([training.count, validation.count]).toEqual([8 + 5, 2 + 1]);
    expect(new Set([...names(training), ...names(validation)]).size).toBe(16);
    const again = await folderDataSet(folder, { seed: 1 });
    expect(names(again.validation)).toEqual(names(validation));
    const splits = await Promise.all([2, 3, 4].map((seed) => folderDataSet(folder, { seed })));
    expect(
      splits.some((split) => names(split.validation).join() !== names(validation).join()),
    ).toBe(true);
  });

  it("gives decoded samples and names a damaged one", async () => {
    const { training, validation } = await folderDataSet(folder, { seed: 1 });
    for (const part of [training, validation]) {
      const samples = pictureSamples(part, preset, {});
      const into = new Float32Array(8 * 6 * 3);
      for (let i = 0; i < part.count; i++) {
        const read = samples.read(i, into);
        if (samples.name(i).endsWith("broken.jpg"))
          await expect(read).rejects.toMatchObject({ code: "invalid-image" });
        else await read;
        expect(samples.label(i)).toBe(samples.name(i).includes("cats") ? 0 : 1);
      }
    }
  });

  /** A folder inside, with a picture at each of the paths; those that end in / stay empty. */
  async function withPictures(...paths: string[]): Promise<string> {
    const made = await mkdtemp(join(tmpdir(), "mobilenetv2-data-"));
    others.push(made);
    for (const path of paths) {
      await mkdir(join(made, path.slice(0, path.lastIndexOf("/"))), { recursive: true });
      if (!path.endsWith("/"))
        await writeFile(join(made, path), await encodePng(gradientImage(3, 3)));
    }
    return made;
  }

  it.each(["val", "valid", "validation", "test"])(
    "takes folders train and %s as they are",
    async (part) => {
      const split = await withPictures(
        "train/a/x.png",
        "train/b/x.png",
        `${part}/b/y.png`,
        `${part}/a/`,
      );
      const { classes, training, validation } = await folderDataSet(split, { seed: 1 });
      expect([classes, training.count, validation.count]).toEqual([["a", "b"], 2, 1]);
      expect(validation.label(0)).toBe(1);
    },
  );

  it("sees the pictures that evaluation sees: nested, linked, not hidden", async () => {
    const made = await withPictures(
      "a/x.png",
      "a/deep/er/y.png",
      "a/._x.png",
      ".b/x.png",
      "c/x.png",
    );
    const elsewhere = await withPictures("pictures/z.png");
    await symlink(join(elsewhere, "pictures"), join(made, "d"));
    const { classes, training, validation } = await folderDataSet(made, { seed: 1 });
    expect(classes).toEqual(["a", "c", "d"]);
    const trained = [...names(training), ...names(validation)].map((path) => relative(made, path));
    const evaluated = await readClassFolders(made, { labels: classes });
    expect(trained.sort()).toEqual(evaluated.map(({ name }) => name).sort());
    expect(trained).toEqual(["a/deep/er/y.png", "a/x.png", "c/x.png", "d/z.png"]);
  });

  it.each([
    [[], /no class folders with pictures: .* no folders\..*--data/],
    [["a/", "b/"], /no class folders with pictures: .* folders without pictures/],
    [["a/x.png", "b/"], /no pictures in b.*Remove/],
    [["train/a/x.png", "train/b/x.png", "val/a/x.png"], /val: .*none for b/],
    [["train/a/x.png", "train/b/x.png", "val/a/x.png", "val/b/x.png", "val/B/x.png"], /others: B/],
    [["train/a/x.png", "train/b/x.png", "testing/a/x.png"], /val, valid, validation, test/],
  ])("refuses %j, saying why", async (paths, message) => {
    const reading = folderDataSet(await withPictures(...paths), { seed: 1 });
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toMatchObject({ code: "invalid-data" });
  });

  it("stops where the signal says so", async () => {
    const reading = folderDataSet(folder, { seed: 1, signal: AbortSignal.abort() });
    await expect(reading).rejects.toMatchObject({ code: "aborted" });
  });

  it("says what is missing", async () => {
    await expect(folderDataSet(join(folder, "none"), { seed: 1 })).rejects.toMatchObject({
      code: "not-found",
    });
    await expect(folderDataSet(join(folder, "cats"), { seed: 1 })).rejects.toThrow(
      /no class folders/,
    );
  });
});
