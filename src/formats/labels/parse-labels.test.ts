import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inputs } from "../../../test/fuzz.ts";
import { MobileNetError } from "../../errors.ts";
import { namesClasses, parseLabels } from "./parse-labels.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const lines = (text: string, classes?: number): readonly string[] =>
  parseLabels({ path: "labels.txt", bytes: utf8(text) }, classes);
const json = (value: unknown, classes?: number, path = "labels.json"): readonly string[] =>
  parseLabels({ path, bytes: utf8(JSON.stringify(value)) }, classes);

const pets = ["cat", "dog", "grey parrot"];

describe("labels as text", () => {
  it.each([
    ["one a line", "cat\ndog\ngrey parrot"],
    ["a line break at the end", "cat\ndog\ngrey parrot\n"],
    ["Windows' line breaks", "cat\r\ndog\r\ngrey parrot\r\n"],
    ["blank lines at the end and between", "cat\n\ndog\n  \ngrey parrot\n\n\n"],
    ["spaces around", "  cat \ndog\t\n grey parrot"],
    ["quotes around each", '"cat"\n"dog"\n"grey parrot"'],
    ["an index and a space", "0 cat\n1 dog\n2 grey parrot\n"],
    ["an index and two spaces", "0  cat\n1  dog\n2  grey parrot"],
    ["an index and a colon", "0: cat\n1: dog\n2: grey parrot"],
    ["an index and a colon without space", "0:cat\n1:dog\n2:grey parrot"],
    ["an index and a comma", "0,cat\n1,dog\n2,grey parrot"],
    ["an index and a semicolon", "0;cat\n1;dog\n2;grey parrot"],
    ["an index and a tab", "0\tcat\n1\tdog\n2\tgrey parrot\n\n"],
    ["an index and a dash", "0 - cat\n1 - dog\n2 - grey parrot"],
    ["an index and a bracket", "0) cat\n1) dog\n2) grey parrot"],
    ["an index and a full stop", "0. cat\n1. dog\n2. grey parrot"],
    ["an index and an equals sign", "0=cat\n1=dog\n2=grey parrot"],
    ["indices out of order", "2 grey parrot\n0 cat\n1 dog"],
    ["indices with zeros in front", "00 cat\n01 dog\n02 grey parrot"],
    ["indices from 1, as many as classes", "1 cat\n2 dog\n3 grey parrot"],
    ["blank lines among indices", "0 cat\n\n1 dog\n2 grey parrot\n\n"],
    ["indices behind", "cat,0\ngrey parrot,2\ndog,1"],
    ["CSV with a header", "id,label\n0,cat\n1,dog\n2,grey parrot"],
    ["CSV with a header and indices behind", "class;index\ncat;0\ndog;1\ngrey parrot;2"],
    ["a header of one column", "label\ncat\ndog\ngrey parrot"],
    ["the background first", "background\ncat\ndog\ngrey parrot"],
    ["??? first", "???\ncat\ndog\ngrey parrot\n"],
    ["the background first, with indices", "0 background\n1 cat\n2 dog\n3 grey parrot"],
    ["a dictionary of Python", "{0: 'cat',\n 1: 'dog',\n 2: 'grey parrot'}\n"],
    ["JSON", '["cat", "dog", "grey parrot"]'],
  ])("may have %s", (_form, text) => {
    expect(lines(text, 3)).toEqual(pets);
  });

  it("may come in UTF-8 or UTF-16 with a byte order mark", () => {
    const units = Uint16Array.from("\ufeff0 Käse\n1 犬\n", (char) => char.charCodeAt(0));
    const little = new Uint8Array(units.buffer);
    const big = little.map((_, i) => little[i ^ 1]!);
    for (const bytes of [utf8("\ufeff0 Käse\n1 犬\n"), little, big]) {
      expect(parseLabels({ path: "labels.txt", bytes }, 2)).toEqual(["Käse", "犬"]);
    }
  });

  it("keep names that begin with numbers", () => {
    for (const names of [
      ["1 euro", "2 euro"],
      ["0 stars", "1 stars", "2 stars"],
      ["10 ohm", "22 kiloohm"],
      ["class 0", "class 1"],
      ["0.5 mm", "1.0 mm"],
      ["7up", "cola"],
      ["0", "1", "2"],
      ["[background]", "(cat)"],
    ]) {
      expect(lines(names.join("\n"), names.length)).toEqual(names);
    }
  });

  it("leave classes unnamed where the file has their lines, or counts from 1 behind one more", () => {
    expect(lines("cat\n\nparrot\n", 3)).toEqual(["cat", "n/a", "parrot"]);
    expect(lines("1 cat\n2 dog\n", 3)).toEqual(["n/a", "cat", "dog"]);
  });

  it("are quoted in CSV where they have commas", () => {
    expect(lines('0,"tabby, tabby cat"\n1,"the ""big"" one"\n2,dog', 3)).toEqual([
      "tabby, tabby cat",
      'the "big" one',
      "dog",
    ]);
  });

  it("are refused by the file's name where they are no text", () => {
    const latin = Uint8Array.from([...utf8("caf"), 0xe9, ...utf8("\ndog\n")]);
    const bare = new Uint8Array(Uint16Array.from("cat\ndog", (c) => c.charCodeAt(0)).buffer);
    const half = Uint8Array.of(0xff, 0xfe, 0x41);
    for (const [bytes, said] of [
      [latin, /labels\.txt.*UTF-8.*Latin-1/],
      [bare, /labels\.txt.*UTF-16.*zero bytes/],
      [half, /labels\.txt/],
    ] as const) {
      const read = (): unknown => parseLabels({ path: "labels.txt", bytes }, 2);
      expect(read).toThrow(MobileNetError);
      expect(read).toThrow(said);
    }
  });

  it("are refused where they are not one a class", () => {
    expect(() => lines("cat\ndog", 3)).toThrow(/labels\.txt.*3 labels.*received 2: "cat", "dog"/);
    expect(() => lines("0 cat\n1 dog", 3)).toThrow(/received 2: "cat", "dog"/);
    expect(() => lines("", 3)).toThrow(/received 0/);
    expect(() => lines("\n\n")).toThrow(/at least one/);
    expect(lines("0 cat\n1 dog")).toEqual(["cat", "dog"]);
  });
});

describe("labels as JSON", () => {
  it.each([
    ["a list", pets],
    ["an object from index to name", { 2: "grey parrot", 0: "cat", 1: "dog" }],
    ["an object from name to index", { dog: 1, cat: 0, "grey parrot": 2 }],
    ["an object from name to index as text", { dog: "1", cat: "0", "grey parrot": "2" }],
    ["Teachable Machine's metadata", { tfjsVersion: "1.7.4", labels: pets, imageSize: 224 }],
    [
      "Hugging Face's configuration",
      {
        architectures: ["MobileNetV2ForImageClassification"],
        id2label: { 0: "cat", 1: "dog", 2: "grey parrot" },
        label2id: { cat: 0, dog: 1, "grey parrot": 2 },
      },
    ],
    ["a list under classes", { classes: pets }],
    ["indices under class_indices", { class_indices: { cat: 0, dog: 1, "grey parrot": 2 } }],
    ["a list of objects", pets.map((name) => ({ name }))],
    ["a list of objects with ids", pets.map((label, id) => ({ id, label })).toReversed()],
    ["the background first", ["background", ...pets]],
  ])("may be %s", (_form, value) => {
    expect(json(value, 3)).toEqual(pets);
  });

  it("may begin with a byte order mark", () => {
    const bytes = utf8('\ufeff["cat"]');
    expect(parseLabels({ path: "labels.json", bytes }, 1)).toEqual(["cat"]);
  });

  it("may have names that are numbers, as Keras' folders of digits", () => {
    expect(json({ 0: 0, 1: 1, 10: 2, 2: 3 }, 4, "class_indices.json")).toEqual([
      "0",
      "1",
      "10",
      "2",
    ]);
  });

  it("may have WordNet ids, as Keras' list of ImageNet", () => {
    expect(json({ 0: ["n01440764", "tench"], 1: ["n01443537", "goldfish"] }, 2)).toEqual([
      "n01440764 tench",
      "n01443537 goldfish",
    ]);
  });

  it.each([
    [{ 1: "cat", 2: "dog" }, /not counted from 0/],
    [{ cat: 0, dog: 2 }, /not counted from 0/],
    [{ cat: 0, dog: 0 }, /not counted from 0/],
    [{ cat: 0.5, dog: 1 }, /not counted from 0/],
    [
      [
        { id: 1, name: "cat" },
        { id: 2, name: "dog" },
      ],
      /not counted from 0/,
    ],
    [["cat", 7], /not named by text/],
    [["cat"], /2 labels/],
    [{}, /2 labels/],
    ["cat", /2 labels/],
  ])("are refused where they are %o", (value, message) => {
    expect(() => json(value, 2)).toThrow(message);
    expect(() => json(value, 2)).toThrow(/labels\.json/);
  });
});

it("only some of the files beside a model name classes", () => {
  const named = (path: string, value: unknown): boolean =>
    namesClasses({ path, bytes: utf8(JSON.stringify(value)) });
  expect(named("model/metadata.json", { labels: ["a"] })).toBe(true);
  expect(named("config.json", { id2label: { 0: "a" } })).toBe(true);
  expect(named("metadata.json", { keras_version: "3.0.0" })).toBe(false);
  expect(named("config.json", { hidden_size: 4 })).toBe(false);
  expect(namesClasses({ path: "config.json", bytes: utf8("not JSON") })).toBe(false);
  expect(named("labels.json", {})).toBe(true);
});

it("any bytes are labels, or an error of the library", () => {
  const word = fc.constantFrom(
    "0",
    "1",
    "2",
    "cat",
    "dog",
    " ",
    ":",
    ",",
    "\t",
    "\n",
    '"',
    "{",
    "}",
  );
  const text = fc.array(fc.oneof(word, fc.string())).map((parts) => utf8(parts.join("")));
  const document = fc.jsonValue().map((value) => utf8(JSON.stringify(value)));
  const file = fc.record({
    path: fc.constantFrom("labels.txt", "labels.json", "metadata.json"),
    bytes: fc.oneof(text, document, fc.uint8Array()),
  });
  fc.assert(
    fc.property(file, fc.option(fc.nat(4), { nil: undefined }), (given, classes) => {
      try {
        const names = parseLabels(given, classes);
        if (classes !== undefined) expect(names).toHaveLength(classes);
        for (const name of names) expect(typeof name).toBe("string");
      } catch (error) {
        expect(error).toBeInstanceOf(MobileNetError);
      }
      namesClasses(given);
    }),
    { numRuns: inputs(3000) },
  );
});

it("long lines and long files take no time out of proportion", () => {
  const spaces = " ".repeat(2000);
  for (const line of [`0${spaces},`, `a${spaces}0`, `${"a ,".repeat(600)}`, '"'.repeat(2000)]) {
    expect(() => lines(`${line}\n`.repeat(1000), 1000)).not.toThrow();
  }
  expect(() => lines("x".repeat(1e6), 1)).toThrow(/too long/);
});
