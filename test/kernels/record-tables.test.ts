/** The tables of records that the build reads off the kernels' sources. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { records as words } from "../../src/backends/wasm/int8/records.generated.ts";
import { records as relaxed } from "../../src/backends/wasm/int8/records-relaxed.generated.ts";
import { records as float } from "../../src/backends/wasm/records.generated.ts";
import { records as classMap } from "../../src/tasks/class-map/records.generated.ts";
import { records as picture } from "../../src/tasks/picture/records.generated.ts";
import { records as training } from "../../src/train/wasm/records.generated.ts";

interface RecordClass {
  readonly name: string;
  readonly fields: readonly { readonly name: string; readonly offset: number }[];
  readonly bytes: number;
}

interface RecordTables {
  recordClasses(texts: ReadonlyMap<string, string>): readonly RecordClass[];
  recordSteps(walker: string, classes: readonly RecordClass[]): { readonly [op: string]: string };
  offsetChecks(classes: readonly RecordClass[]): string;
}

const root = new URL("../../", import.meta.url);
const { recordClasses, recordSteps, offsetChecks } = (await import(
  new URL("scripts/record-tables.js", root).href
)) as RecordTables;

function read(text: string): readonly RecordClass[] {
  return recordClasses(new Map([["a.ts", text]]));
}

const step = "@unmanaged\nclass Step {\n  op: i32;\n  bytes: i32;\n}\n";

describe("classes of records", () => {
  it("have their fields in order, after those of the class that they extend", () => {
    const place =
      "  /** Counted. */\n  phase: i64;\n\n  low: f32;\n\n  sum(): i32 {\n    return 1;\n  }\n";
    const [, of] = read(
      `${step}/** One. */\n@unmanaged\nexport class Sum extends Step {\n${place}  step: Step;\n}\n`,
    );
    expect(of).toMatchObject({ name: "Sum", bytes: 24 });
    expect(of?.fields.map(({ name, offset }) => [name, offset])).toEqual([
      ["op", 0],
      ["bytes", 4],
      ["phase", 8],
      ["low", 16],
      ["step", 20],
    ]);
  });

  it("leave a gap before what is 8 bytes long", () => {
    const [of] = read("@unmanaged\nclass A {\n  x: i32;\n  y: i64;\n}\n");
    expect(of).toMatchObject({ bytes: 16, fields: [{ offset: 0 }, { offset: 8 }] });
  });

  it.each([
    ["a type without a size", "  x: v128;\n", "x: v128"],
    ["a class that is not there", "  x: Other;\n", "x: Other"],
    ["what is neither field nor method", "  static x: i32 = 1;\n", "static x"],
  ])("are refused with %s", (_, body, message) => {
    expect(() => read(`@unmanaged\nclass A {\n${body}}\n`)).toThrow(message);
  });

  it("are refused where they cannot be read, or stand twice", () => {
    expect(() => read("@unmanaged class A { x: i32; }\n")).toThrow("not every class");
    expect(() => read(step + step)).toThrow("a second class Step");
  });

  it("are checked by the kernels' compiler, field by field and to the end", () => {
    expect(offsetChecks(read(step)).split("\n")).toEqual([
      expect.stringMatching(/^if \(offsetof<Step>\("op"\) != 0\) ERROR\(.*\);$/),
      expect.stringMatching(/^if \(offsetof<Step>\("bytes"\) != 4\) ERROR\(.*\);$/),
      expect.stringMatching(/^if \(offsetof<Step>\(\) != 8\) ERROR\(.*\);$/),
      "",
    ]);
  });
});

describe("a walker", () => {
  const walker = "case 1:\n  walk(changetype<Step>(at), worker);\n  break;\n  case 2:\n";

  it("says which class an operation's record is of", () => {
    expect(recordSteps(walker, read(step))).toEqual({ 1: "Step" });
  });

  it("is refused where that class does not begin as a step does", () => {
    expect(() => recordSteps(walker, read(step.replace("op", "kind")))).toThrow("Step is no class");
    expect(() => recordSteps(walker, [])).toThrow("Step is no class");
  });

  it.each([
    ["", float],
    ["int8/", words],
    ["int8/", relaxed],
  ])("in assembly/%s has a class for each of its operations", (folder, { steps }) => {
    const text = readFileSync(new URL(`assembly/${folder}run.ts`, root), "utf8");
    const cases = [...text.matchAll(/case (\d+):/g)].map(([, number]) => number);
    expect(["0", ...Object.keys(steps)].sort()).toEqual(cases.sort());
  });
});

it("every class of a record in assembly/ is in a table", () => {
  const folder = new URL("assembly/", root);
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .flatMap((name) => readFileSync(new URL(name, folder), "utf8").match(/@unmanaged\s.*/g) ?? [])
    .map((line) => /class (\w+)/.exec(line)?.[1]);
  const tables = [float, words, relaxed, training, picture, classMap];
  const known = tables.flatMap(({ classes }) => Object.keys(classes));
  expect(names.length).toBeGreaterThan(30);
  expect(names.filter((name) => name === undefined || !known.includes(name))).toEqual([]);
});
