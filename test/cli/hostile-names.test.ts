/** Names that would steer a terminal, through every command that shows names of files or in files. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mobilenetv2, root } from "./program.ts";

const photo = join(root, "examples/images/coffee.png");
/** Colours, a window's title, eight-bit codes, reordering, a line of its own. */
const hostile = "\x1b[31mred\x1b]0;t\x07\u009b2J\u202egnp\u2066\nmobilenetv2: error: forged";
const steering = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "names-"));
  const at = (...parts: string[]): string => join(folder, ...parts);
  for (const place of ["photos", "classes/cat", `classes/${hostile}`, `photos/${hostile}-folder`]) {
    mkdirSync(at(place), { recursive: true });
  }
  copyFileSync(photo, at("photos", `${hostile}.png`));
  writeFileSync(at("photos", `damaged ${hostile}.png`), "no picture");
  writeFileSync(at("photos", `x.${hostile}`), "");
  copyFileSync(photo, at("classes/cat", "1.png"));
  copyFileSync(photo, at("classes", hostile, `${hostile}.png`));
  const quoted = `"${hostile.replaceAll("\n", " ")}`;
  writeFileSync(at("list.csv"), `path,label\n${quoted}.png",cat\nb.png,${quoted}"\n`);
  writeFileSync(at("list.json"), JSON.stringify([{ path: `${hostile}.png`, label: hostile }]));
  const image = { id: 1, file_name: `${hostile}.png`, width: 4, height: 4 };
  const annotation = { id: 1, image_id: 1, category_id: 1, bbox: [0, 0, 1, 1] };
  const categories = [{ id: 1, name: hostile }];
  writeFileSync(
    at("coco.json"),
    JSON.stringify({ images: [image], annotations: [annotation], categories }),
  );
  writeFileSync(at(`${hostile}.tflite`), "no model");
  writeFileSync(at("labels.txt"), `${hostile.replaceAll("\n", " ")}\n`.repeat(10));
});

afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(process.platform === "win32")("hostile names", () => {
  it.each([
    ["classify", ["classify", "photos", "--model", "cifar10"]],
    ["classify in JSON", ["classify", "photos", "--model", "cifar10", "--json"]],
    ["embed", ["embed", "photos", "--model", "cifar10"]],
    ["a missing picture", ["classify", hostile, "--model", "cifar10"]],
    ["a model", ["classify", "photos", "--model", `${hostile}.tflite`]],
    ["inspect", ["inspect", `${hostile}.tflite`]],
    ["profile", ["profile", "--model", `${hostile}.tflite`]],
    ["labels", ["classify", "photos", "--model", "cifar10", "--labels", "labels.txt"]],
    ["train on a list of missing pictures", ["train", "--data", "list.csv", "--out", "run"]],
    ["train on a list in JSON", ["train", "--data", "list.json", "--out", "run"]],
    ["train on folders", ["train", "--data", "classes", "--out", "photos"]],
    ["evaluate", ["evaluate", "--model", "cifar10", "--data", "classes"]],
    ["evaluate a list", ["evaluate", "--model", "cifar10", "--data", ".", "--list", "list.csv"]],
    [
      "evaluate COCO's",
      ["evaluate", "--model", "cifar10", "--data", ".", "--annotations", "coco.json"],
    ],
    ["quantize", ["quantize", "--model", "cifar10", "--images", "photos", "--out", "x.tflite"]],
    ["models", ["models", hostile]],
    ["models pull", ["models", "pull", hostile]],
    ["an option", ["classify", `--${hostile}`]],
    ["a command", [hostile]],
  ] as const)("stay names in %s", async (_, args) => {
    const named = args.map((arg) =>
      /^(?:photos|classes|list\.\w+|coco\.json|labels\.txt|run|\.|x\.tflite)$/.test(arg) ||
      arg.startsWith("\x1b")
        ? join(folder, arg)
        : arg,
    );
    const { stdout, stderr } = await mobilenetv2(named);
    expect(stdout + stderr).not.toBe("");
    expect((stdout + stderr).replaceAll("\n", "")).not.toMatch(steering);
    expect(`\n${stdout}\n${stderr}`).not.toContain("\nmobilenetv2: error: forged");
    if (args.includes("--json" as never)) JSON.parse(stdout);
  });
});
