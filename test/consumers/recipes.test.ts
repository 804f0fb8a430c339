/**
 * README's recipes as a reader runs them: in a folder that is empty but for the pictures that they speak
 * of, with the package as npm installs it. Those whose weights cannot be had here are skipped and say so.
 */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeIndexedPng, encodePng } from "../../src/image/png-node.ts";
import { missingModel } from "../cli/program.ts";
import { makeProject, type Project, root, run } from "./project.ts";

interface Recipe {
  readonly title: string;
  readonly language: string;
  readonly code: string;
}

const readme = readFileSync(join(root, "README.md"), "utf8");
const section = /\n## Recipes\n([\s\S]*?)\n## /.exec(readme)?.[1] ?? "";
const recipes: readonly Recipe[] = [
  ...section.matchAll(/\*\*(.+?)\*\*[\s\S]*?```(\w+)\n([\s\S]*?)```/g),
].map(([, title = "", language = "", code = ""]) => ({ title, language, code }));

/** What of weights a recipe needs that the package does not carry. */
function modelOf(recipe: Recipe): string | undefined {
  const { code } = recipe;
  if (/ train /.test(code)) return undefined;
  if (/segment/.test(code)) return "deeplabv3-voc";
  if (/detect|Detector/.test(code)) return "ssdlite-coco";
  return /classify|Classifier/.test(code) ? "imagenet" : undefined;
}

/** The official weights beside the project, where they are there. */
const shared = join(root, "../shared/models");
const env = {
  ...process.env,
  NO_COLOR: "1",
  ...(existsSync(shared) && { MOBILENETV2_MODELS: shared }),
};

let project: Project;
beforeAll(async () => {
  project = await makeProject({ "package.json": "{}" }, ["sharp", "@fontsource/b612"]);
  const photos = join(project.folder, "photos");
  await mkdir(photos);
  const images = join(root, "examples/images");
  for (const name of ["chelsea.png", "coffee.png", "rocket.jpg"])
    await cp(join(images, name), join(photos, name));
  await cp(join(images, "astronaut.png"), join(project.folder, "photo.jpg"));
  await makeOwn(project.folder);
});
afterAll(() => project?.remove());

/** Pictures of cards with boxes, as LabelImg lays them, and of shapes with masks. */
async function makeOwn(folder: string): Promise<void> {
  for (const inner of ["cards", "shapes/images", "shapes/masks"]) {
    await mkdir(join(folder, inner), { recursive: true });
  }
  const size = { width: 48, height: 48 };
  const inside = (at: number): boolean => at % 48 > 10 && at % 48 < 30 && at > 480 && at < 1440;
  const classMap = Uint8Array.from({ length: 48 * 48 }, (_, at) => (inside(at) ? 1 : 0));
  const data = Uint8Array.from({ length: 48 * 48 * 3 }, (_, i) =>
    inside(Math.floor(i / 3)) ? 220 : 40,
  );
  const [picture, mask] = [
    await encodePng({ ...size, data }),
    await encodeIndexedPng({ ...size, classMap }),
  ];
  const box = "<xmin>11</xmin><ymin>10</ymin><xmax>30</xmax><ymax>30</ymax>";
  const xml = `<annotation><object><name>king</name><bndbox>${box}</bndbox></object></annotation>`;
  for (let i = 0; i < 4; i++) {
    await writeFile(join(folder, "cards", `${i}.png`), picture);
    await writeFile(join(folder, "cards", `${i}.xml`), xml);
    await writeFile(join(folder, "shapes/images", `${i}.png`), picture);
    await writeFile(join(folder, "shapes/masks", `${i}.png`), mask);
  }
  await writeFile(join(folder, "shapes/classes.txt"), "background\nsquare\n");
}

/** The same training in seconds, from the model that the package carries. */
const quick = (line: string): string =>
  line.includes(" train ") ? `${line} --from cifar10 --resolution 64 --epochs 1 --batch 2` : line;

/** `npx` runs what is installed. */
const program = (): string => join(project.folder, "node_modules/mobilenetv2/dist/cli/main.js");

async function runCommand(line: string): Promise<string> {
  const [command = "", target] = line.split(" > ");
  const [npx, name, ...args] = command.trim().split(/ +/);
  expect([npx, name]).toEqual(["npx", "mobilenetv2"]);
  const { code, stdout, stderr } = await run(process.execPath, [program(), ...args], {
    ...{ cwd: project.folder, env },
  });
  expect({ line, code, stderr: code === 0 ? "" : stderr }).toEqual({ line, code: 0, stderr: "" });
  if (target !== undefined) await writeFile(join(project.folder, target), stdout);
  return stdout;
}

/** A program's own name for itself, in its first line. */
async function writeProgram(code: string): Promise<string> {
  const name = /^\/\/ (\S+\.mjs)\n/.exec(code)?.[1] ?? "";
  expect(name).not.toBe("");
  await writeFile(join(project.folder, name), code);
  return name;
}

const proofs: Readonly<Record<string, (printed: string) => Promise<void> | void>> = {
  Tag: async (printed) => {
    expect(printed).toMatch(/chelsea\.png .*cat/);
    const table = await readFile(join(project.folder, "tags.csv"), "utf8");
    expect(table.trim().split("\n").length).toBeGreaterThan(3);
  },
  "Cut out": async () => {
    expect((await readFile(join(project.folder, "cutout.png"))).subarray(1, 4).toString()).toBe(
      "PNG",
    );
    expect((await readdir(join(project.folder, "crops"))).join()).toContain("person");
  },
  "Find things of your own": async () => {
    const made = await readdir(project.folder);
    expect(made).toEqual(expect.arrayContaining(["cards-model", "shapes-model"]));
    expect(await readFile(join(project.folder, "cards-model/MODEL_CARD.md"), "utf8")).toMatch(
      /king/,
    );
    const areas = await readFile(join(project.folder, "areas.jpg"));
    expect([areas[0], areas[1]]).toEqual([0xff, 0xd8]);
  },
  "Find duplicates": (printed) => expect(printed).toMatch(/photo\.jpg|\.png/),
  "Many pictures": (printed) => expect(printed).toMatch(/chelsea\.png .*cat/),
};

describe("README's recipes", () => {
  it("are found", () => {
    expect(recipes.map(({ title }) => title)).toEqual([...Object.keys(proofs), "A server"]);
  });

  it.for(recipes)("$title", { timeout: 120_000 }, async (recipe, context) => {
    const model = modelOf(recipe);
    const known = model === "imagenet" && existsSync(shared);
    const missing = model === undefined || known ? undefined : await missingModel(model);
    if (missing !== undefined) context.skip(missing);
    const { title, language, code } = recipe;
    if (title === "A server") return askServer(code);
    let printed = "";
    if (language === "sh") {
      for (const line of code.trim().split("\n")) printed += await runCommand(quick(line));
    } else {
      const ended = await run(process.execPath, [await writeProgram(code)], {
        cwd: project.folder,
        env,
      });
      expect(ended.stderr).toBe("");
      printed = ended.stdout;
    }
    await proofs[title]?.(printed);
  });
});

/** Starts the server on a port of its own, and asks it as its own words say. */
async function askServer(code: string): Promise<void> {
  const name = await writeProgram(
    code
      .replace("listen(3000", "listen(0")
      .replace("() =>", "() => (console.log(server.address().port), 0) ||"),
  );
  const child = spawn(process.execPath, [name], { cwd: project.folder, env });
  try {
    const port = await new Promise<string>((resolve, reject) => {
      child.stdout
        .setEncoding("utf8")
        .once("data", (text: string) => resolve(text.split("\n")[0] ?? ""));
      child.once("exit", (status) => reject(new Error(`the server ended with ${status}`)));
    });
    const body = await readFile(join(project.folder, "photos/chelsea.png"));
    const good = await (await fetch(`http://127.0.0.1:${port}`, { method: "POST", body })).json();
    expect(good[0].label).toMatch(/cat/);
    const bad = await (
      await fetch(`http://127.0.0.1:${port}`, { method: "POST", body: "none" })
    ).json();
    expect(bad.code).toBe("invalid-image");
  } finally {
    child.kill();
  }
}
