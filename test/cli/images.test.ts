/** The program from outside: good and bad images through real models. */

import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeImage } from "../../src/image/decode-node.ts";
import { encodePng } from "../../src/image/png-node.ts";
import { missingModel, mobilenetv2, root } from "./program.ts";

const photo = "examples/images/astronaut.png";
const photos = "examples/images";

let folder: string;
/** By model: why its tests are skipped. */
const missing: Record<string, string | undefined> = {};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "cli-"));
  for (const name of ["ssdlite-coco", "deeplabv3-voc", "nsfw"]) {
    missing[name] = await missingModel(name);
  }
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Puts a file into the test's folder. */
function file(name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const photoBytes = readFileSync(join(root, photo));

/** A PNG whose header claims 60,000 × 60,000 pixels: 10.8 GB as RGB. */
function hugePng(): Uint8Array {
  const bytes = Buffer.from(photoBytes);
  bytes.writeUInt32BE(60_000, 16);
  bytes.writeUInt32BE(60_000, 20);
  return bytes;
}

const pixel = { width: 1, height: 1, data: Uint8Array.of(200, 100, 50) };

function needs(model: string, skip: (condition: boolean, note?: string) => void): void {
  skip(missing[model] !== undefined, missing[model]);
}

describe("detect", () => {
  it("finds the astronaut, as one JSON document and nothing else", async ({ skip }) => {
    needs("ssdlite-coco", skip);
    const { code, stdout, stderr } = await mobilenetv2(["detect", photo, "--json"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const [{ detections, ...found }, ...others] = JSON.parse(stdout);
    expect(found).toEqual({ schemaVersion: 1, image: photo, width: 512, height: 512 });
    expect(others).toEqual([]);
    const [person] = detections;
    expect(person).toMatchObject({ label: "person", index: 0 });
    expect(person.score).toBeGreaterThan(0.5);
    expect(person.box.x + person.box.width).toBeLessThanOrEqual(512);
  });

  it("reports bad images, exits with 1 and still does the others", async ({ skip }) => {
    needs("ssdlite-coco", skip);
    const bad = [
      file("truncated.png", photoBytes.subarray(0, 20_000)),
      file("text.jpg", "no picture at all"),
      file("huge.png", hugePng()),
      file("empty.png", ""),
      join(folder, "nowhere.jpg"),
    ];
    const { code, stdout, stderr } = await mobilenetv2(["detect", ...bad, photo, "--json"], {
      environment: { NO_COLOR: "", FORCE_COLOR: "1" },
    });
    expect(code).toBe(1);
    const items = JSON.parse(stdout);
    expect(items.map(({ image }: { image: string }) => image)).toEqual([...bad, photo]);
    const reasons = ["damaged", "text that begins", "too large", "empty file", "no such file"];
    for (const [index, reason] of reasons.entries()) {
      expect(items[index]).toMatchObject({
        image: bad[index],
        error: expect.stringContaining(reason),
      });
      expect(stderr).toContain(bad[index]);
    }
    expect(items.at(-1).detections[0].label).toBe("person");
    expect(stderr.trimEnd().split("\n")).toHaveLength(bad.length);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it("draws the boxes into a picture of the same size, whole or not at all", async ({ skip }) => {
    needs("ssdlite-coco", skip);
    const path = join(folder, "made/boxes.png");
    const { code, stdout } = await mobilenetv2(["detect", photo, "--out", path]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/person +\d\d\.\d %/);
    const drawn = await decodeImage(readFileSync(path));
    const original = await decodeImage(photoBytes);
    expect([drawn.width, drawn.height]).toEqual([512, 512]);
    expect(Buffer.compare(drawn.data, original.data)).not.toBe(0);
    expect(readdirSync(join(folder, "made"))).toEqual(["boxes.png"]);
  });

  it("fails with 1 on a full disk", async ({ skip }) => {
    needs("ssdlite-coco", skip);
    skip(!existsSync("/dev/full"), "there is no /dev/full here");
    const { code, stderr } = await mobilenetv2(["detect", photo, "--out", "/dev/full"]);
    expect(code).toBe(1);
    expect(stderr).toContain("no space left on the disk");
  });

  it("keeps to the classes, score and number that are asked for", async ({ skip }) => {
    needs("ssdlite-coco", skip);
    const args = ["detect", `${photos}/coffee.png`, "--json", "--score-threshold", "0.05"];
    const all = JSON.parse((await mobilenetv2(args)).stdout)[0].detections;
    const few = JSON.parse((await mobilenetv2([...args, "--max-detections", "1"])).stdout)[0]
      .detections;
    const cups = await mobilenetv2([...args, "--classes", "Cup", "--iou-threshold", "0.3"]);
    expect(few).toEqual(all.slice(0, 1));
    const labels = JSON.parse(cups.stdout)[0].detections.map(
      ({ label }: { label: string }) => label,
    );
    expect(new Set(labels)).toEqual(new Set(["cup"]));
    expect(await mobilenetv2([...args, "--classes", "cupp"])).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining("Did you mean cup?"),
    });
  });
});

describe("segment", () => {
  it("writes overlays and masks of several images, whose pixels are the classes", async ({
    skip,
  }) => {
    needs("deeplabv3-voc", skip);
    const inputs = ["chelsea.png", "rocket.jpg"].map((name) => join(photos, name));
    const [out, mask] = [join(folder, "overlays"), join(folder, "masks")];
    const args = ["segment", ...inputs, "--out", out, "--class-map", mask, "--json"];
    const { code, stdout } = await mobilenetv2(args);
    expect(code).toBe(0);
    const items = JSON.parse(stdout);
    for (const { image, width, height, classes } of items) {
      const total = (key: string): number =>
        classes.reduce((sum: number, segment: Record<string, number>) => sum + segment[key]!, 0);
      expect(total("pixels")).toBe(width * height);
      expect(total("fraction")).toBeCloseTo(1, 6);
      const name = basename(image).replace(/\..*$/, ".png");
      for (const output of [out, mask]) {
        const picture = await decodeImage(readFileSync(join(output, name)));
        // A legend may stand beside the picture.
        expect(picture.width).toBeGreaterThanOrEqual(width);
        expect(picture.height).toBeGreaterThanOrEqual(height);
        if (output === mask) expect([picture.width, picture.height]).toEqual([width, height]);
      }
    }
    expect(items[0].classes[0]).toMatchObject({ label: "cat", index: 8 });
  });

  it("writes maps of the network's size where they are asked for", async ({ skip }) => {
    needs("deeplabv3-voc", skip);
    const mask = join(folder, "small.png");
    const args = ["segment", join(photos, "rocket.jpg"), "--map-size", "network", "--json"];
    const { code, stdout } = await mobilenetv2([...args, "--class-map", mask]);
    expect(code).toBe(0);
    const [{ width, height, area }] = JSON.parse(stdout);
    const { width: across, height: down } = await decodeImage(
      readFileSync(join(root, photos, "rocket.jpg")),
    );
    expect(area).toEqual({ x: 0, y: 0, width: across, height: down });
    expect(Math.max(width, height)).toBe(513);
    const picture = await decodeImage(readFileSync(mask));
    expect([picture.width, picture.height]).toEqual([width, height]);
  });

  it("lays such a map over the picture's own pixels, in a file of the kind its name says", async ({
    skip,
  }) => {
    needs("deeplabv3-voc", skip);
    const out = join(folder, "laid.jpg");
    const path = join(photos, "rocket.jpg");
    const args = ["segment", path, "--map-size", "network", "--out", out, "--out-quality", "80"];
    expect(await mobilenetv2(args)).toMatchObject({ code: 0 });
    const bytes = readFileSync(out);
    expect([...bytes.subarray(0, 2)]).toEqual([0xff, 0xd8]);
    const [picture, drawn] = [
      await decodeImage(readFileSync(join(root, path))),
      await decodeImage(bytes),
    ];
    expect(drawn.width).toBeGreaterThanOrEqual(picture.width);
    expect(drawn.height).toBeGreaterThanOrEqual(picture.height);
  });
});

describe("classify", () => {
  it("takes a picture from standard input", async ({ skip }) => {
    needs("nsfw", skip);
    const input = readFileSync(join(root, photos, "coffee.png"));
    const args = ["classify", "-", "-m", "nsfw", "--json", "--top-k", "2"];
    const { code, stdout } = await mobilenetv2(args, { input });
    expect(code).toBe(0);
    const [{ image, predictions }] = JSON.parse(stdout);
    expect(image).toBe("-");
    expect(predictions).toHaveLength(2);
    expect(predictions[0].label).toBe("Neutral");
    expect(predictions[0].score).toBeGreaterThan(predictions[1].score);
  });

  it("takes a picture of one pixel", async ({ skip }) => {
    needs("nsfw", skip);
    const path = file("pixel.png", await encodePng(pixel));
    const { code, stdout } = await mobilenetv2(["classify", path, "-m", "nsfw", "--json"]);
    expect(code).toBe(0);
    const [{ predictions }] = JSON.parse(stdout);
    const sum = predictions.reduce(
      (total: number, { score }: { score: number }) => total + score,
      0,
    );
    // Five classes in all; softmax and nine decimal figures.
    expect(sum).toBeCloseTo(1, 5);
  });

  it("does a folder in order, and says which image failed", async ({ skip }) => {
    needs("nsfw", skip);
    const album = mkdtempSync(join(folder, "album-"));
    copyFileSync(join(root, photos, "coffee.png"), join(album, "b.png"));
    copyFileSync(join(root, photos, "rocket.jpg"), join(album, "c.jpg"));
    writeFileSync(join(album, "a\u001b[2J.png"), "not a picture");
    writeFileSync(join(album, "notes.txt"), "not an image");
    const { code, stdout, stderr } = await mobilenetv2([
      "classify",
      album,
      "-m",
      "nsfw",
      "-k",
      "1",
    ]);
    expect(code).toBe(1);
    expect(stdout.indexOf("b.png")).toBeLessThan(stdout.indexOf("c.jpg"));
    expect(stdout.indexOf("b.png")).toBeGreaterThan(0);
    expect(stderr).toContain("a\\u001b[2J.png");
    expect(stderr).not.toContain("\u001b");
    expect(stdout + stderr).not.toContain("notes.txt");
  });
});

it.skipIf(process.platform === "win32")(
  "a second Ctrl-C ends a wait for a pipe that nobody writes to",
  async () => {
    const pipe = join(folder, "pipe");
    const makePipe = "mkfifo";
    execFileSync(makePipe, [pipe]);
    let interrupts: NodeJS.Timeout | undefined;
    const { code, stdout } = await mobilenetv2(["classify", pipe, "--model", "cifar10"], {
      onStart: (kill) => {
        // Once the pipe is waited for; on a machine that is slower still, it ends before.
        interrupts = setInterval(() => kill("SIGINT"), 2000);
      },
    });
    clearInterval(interrupts);
    expect([null, 130]).toContain(code);
    expect(stdout).toBe("");
  },
);

describe("classify without --model", () => {
  const models = join(root, "../shared/models");

  it("knows the classes of ImageNet, from the user's own copy of the files", async ({ skip }) => {
    skip(!existsSync(models), "no folder ../shared/models");
    const cache = join(folder, "empty");
    const environment = { MOBILENETV2_MODELS: models, MOBILENETV2_CACHE: cache };
    const args = ["classify", join(models, "../images/cat.bmp"), "--json", "--quiet"];
    const { code, stdout, stderr } = await mobilenetv2(args, { environment });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)[0].predictions[0].label).toBe("Egyptian cat");
  });
});

describe("embed", () => {
  it("gives vectors of length 1 where asked to", async ({ skip }) => {
    needs("nsfw", skip);
    const args = ["embed", `${photos}/coffee.png`, "-m", "nsfw", "--json", "--normalize"];
    const [{ embedding }] = JSON.parse((await mobilenetv2(args)).stdout);
    expect(embedding).toHaveLength(1280);
    expect(Math.hypot(...embedding)).toBeCloseTo(1, 5);
  });

  it("stops quietly once nobody reads", async ({ skip }) => {
    needs("nsfw", skip);
    // More than a pipe holds (64 KiB): the program is still writing when the reader goes.
    const args = ["embed", photos, photos, photos, photos, "-m", "nsfw", "--json"];
    const { code, stdout, stderr } = await mobilenetv2(args, { closeAfter: 1 });
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: "mobilenetv2: note: examples/images: passed over 1 file: 1 .md\n",
    });
    expect(stdout.endsWith("]\n")).toBe(false);
  });
});
