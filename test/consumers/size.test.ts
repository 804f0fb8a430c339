/** What an installation adds to a disk: the package alone, and with all that Node's side can use. */
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { publishedFiles, root, runWell } from "./project.ts";

/** Bytes of all files in a folder. */
async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

it("the package alone has at most 9 MB", async () => {
  const files = await publishedFiles();
  expect(files.reduce((sum, { size }) => sum + size, 0)).toBeLessThan(9e6);
});

it.runIf(process.env["LONG"])(
  "installed with what decodes and draws it has at most 60 MB, and draws",
  { timeout: 300_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "mobilenetv2-size-"));
    try {
      const pack = ["pack", "--ignore-scripts", "--pack-destination", folder];
      const name = (await runWell("npm", pack, { cwd: root })).trim().split("\n").at(-1);
      await writeFile(join(folder, "package.json"), "{}");
      const install = ["install", "--no-audit", "--no-fund", `./${name}`];
      await runWell("npm", install, { cwd: folder });
      expect(await sizeOf(join(folder, "node_modules"))).toBeLessThan(60e6);
      const program = `
        import { decodeImage, drawDetections } from "mobilenetv2";
        const image = { width: 320, height: 240, data: new Uint8Array(320 * 240 * 3) };
        const found = { label: "dog", index: 1, score: 0.9, box: { x: 9, y: 50, width: 90, height: 90 } };
        const { width } = await decodeImage(await drawDetections(image, [found], { format: "webp" }));
        console.log(width);`;
      await writeFile(join(folder, "draw.mjs"), program);
      expect(await runWell(process.execPath, ["draw.mjs"], { cwd: folder })).toBe("320\n");
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);
