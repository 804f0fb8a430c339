/** Numbers that TypeScript and the kernels both have: each side's own is the other's. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { bytes } from "../../src/backends/wasm/int8/bytes.ts";
import { turboBytes } from "../../src/backends/wasm/int8/turbo.ts";

const root = new URL("../../", import.meta.url);

function read(path: string): string {
  return readFileSync(new URL(path, root), "utf8");
}

/** What a source says that a constant is. */
function constantOf(path: string, name: string): string {
  const found = new RegExp(`^(?:export )?const ${name}(?:: \\w+)? = (.+);`, "m").exec(read(path));
  if (found === null) throw new Error(`${path} has no ${name}`);
  return found[1]!;
}

/** The entries of a table of numbers in a source. */
function tableOf(path: string, name: string): { readonly [entry: string]: number } {
  const body =
    new RegExp(`^const ${name} = \\{(.*?)\\} as const;`, "ms").exec(read(path))?.[1] ?? "";
  return Object.fromEntries(
    [...body.matchAll(/(\w+): (\d+)/g)].map(([, entry, number]) => [entry, Number(number)]),
  );
}

describe("numbers that both sides have", () => {
  it.each([
    ["train/layer.ts", "UNIT_CHANNELS", "src/train/wasm/steps.ts", "unitChannels"],
    ["int8-relaxed/depthwise-layer.ts", "SINGLE", "src/backends/wasm/int8/bytes.ts", "single"],
  ])("assembly/%s: %s, and %s: %s", (kernels, there, encoder, here) => {
    expect(constantOf(`assembly/${kernels}`, there)).toBe(constantOf(encoder, here));
  });

  it("of 8-bit tiles", () => {
    expect(constantOf("assembly/int8-relaxed/pointwise.ts", "TILE_PIXELS")).toBe(
      `${bytes.tilePixels}`,
    );
    expect(constantOf("assembly/int8-relaxed/value.ts", "SEED_BYTES")).toBe(
      `TURBO ? ${turboBytes.seedBytes} : ${bytes.seedBytes}`,
    );
  });

  it("of float32 operations on single values", () => {
    const kinds = Object.entries(tableOf("src/backends/wasm/encode-elementwise.ts", "kind"));
    expect(kinds.length).toBeGreaterThan(3);
    for (const [kind, number] of kinds) {
      expect(constantOf("assembly/elementwise.ts", kind.toUpperCase()), kind).toBe(`${number}`);
    }
  });

  it("of training's steps", () => {
    const operations = tableOf("src/train/wasm/steps.ts", "operation");
    const cases = [...read("assembly/train/run.ts").matchAll(/case (\d+):\s+(?:\/\/.*\s+)?(\w+)/g)];
    const called = Object.fromEntries(cases.map(([, number, name]) => [number, name]));
    const names = { endLayer: "if", keep: "keepSource" };
    const expected = Object.entries({ ...operations }).map(([name, number]) => [
      `${number}`,
      names[name as keyof typeof names] ?? name,
    ]);
    expect(called).toEqual(Object.fromEntries(expected));
  });
});
