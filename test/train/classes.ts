/** A folder of two classes of small pictures, noisy and of one colour each. */
import { mkdir, writeFile } from "node:fs/promises";
import { encodePng } from "../../src/image/png-node.ts";
import { Random } from "../../src/random.ts";

/** Writes so many pictures of each class. */
export async function writeClasses(folder: string, each: number): Promise<void> {
  for (const [label, color] of [
    ["blue", [10, 20, 200]],
    ["red", [200, 10, 20]],
  ] as const) {
    await mkdir(`${folder}/${label}`, { recursive: true });
    for (let i = 0; i < each; i++) {
      const random = new Random(i);
      const data = Uint8Array.from({ length: 24 * 24 * 3 }, (_, at) => {
        return (color[at % 3] as number) + random.integer(40);
      });
      const png = await encodePng({ width: 24, height: 24, data });
      await writeFile(`${folder}/${label}/${i}.png`, png);
    }
  }
}
