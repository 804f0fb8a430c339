import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MobileNetError } from "../errors.ts";
import { pathInside } from "./data-error.ts";
import { parseImageList } from "./image-list.ts";

/** The only entry of a list. */
function only(line: string): readonly string[] {
  const entries = parseImageList(line, "list.txt");
  expect(entries).toHaveLength(1);
  return [entries[0]!.path, entries[0]!.label];
}

describe("a list of labelled pictures", () => {
  it.each([
    ["val/a.JPEG 65", "val/a.JPEG", "65"],
    ["a b.jpg tench, Tinca tinca", "a b.jpg", "tench, Tinca tinca"],
    ["a.jpg,tench", "a.jpg", "tench"],
    ["a.jpg, tench", "a.jpg", "tench"],
    ['"a, b.jpg","tench, Tinca tinca"', "a, b.jpg", "tench, Tinca tinca"],
    ['"a ""b"".jpg";3', 'a "b".jpg', "3"],
    ["no ending\ttwo words", "no ending", "two words"],
    ["bare 7", "bare", "7"],
    ["./a.png  7 ", "a.png", "7"],
    ["dir\\a.png 7", "dir/a.png", "7"],
    ["my.jpg.files/a.png 7", "my.jpg.files/a.png", "7"],
  ])("reads %j", (line, path, label) => expect(only(line)).toEqual([path, label]));

  it("leaves out empty lines, comments, column names and a byte order mark", () => {
    const text = "\ufeffpath,label\r\n\r\n# mine\r\na.jpg,1\r\nb.jpg,2\n";
    expect(parseImageList(text, "list.csv").map(({ label }) => label)).toEqual(["1", "2"]);
  });

  it("has a third column where the first line says so", () => {
    const text = 'path,label,split\na.jpg,tench, Tinca tinca,train\n"b, c.jpg","cat",Val\n';
    expect(parseImageList(text, "list.csv")).toEqual([
      { path: "a.jpg", label: "tench, Tinca tinca", split: "train" },
      { path: "b, c.jpg", label: "cat", split: "test" },
    ]);
    expect(() => parseImageList("path,label,split\na.jpg,cat,other", "l.csv")).toThrow(
      /line 2.*part of a data set/,
    );
  });

  it.each(["a.jpg,cat,train", '"b.jpg","tench, Tinca",test', "a.jpg cat;val", "a.jpg,cat,train,"])(
    "refuses %j without that line",
    (line) => {
      expect(() => parseImageList(line, "list.csv")).toThrow(/third column.*path,label,split/);
      expect(() => parseImageList(`filepath,labels,split\n${line}`, "list.csv")).not.toThrow(
        /third/,
      );
    },
  );

  it.each(["a.jpg,train", "a.jpg,bullet train", 'a.jpg,"freight, train"', "a.jpg crash test"])(
    "takes the label of %j whole",
    (line) => {
      const label = line.slice(6).replaceAll('"', "");
      expect(parseImageList(line, "list.csv")).toEqual([{ path: "a.jpg", label }]);
      expect(parseImageList(`path,label\n${line}`, "list.csv")).toEqual([{ path: "a.jpg", label }]);
    },
  );

  it("may be JSON, as a list or by path", () => {
    const list = [
      { path: "a.jpg", label: "cat", split: "train" },
      { path: "b/c.jpg", label: 3 },
    ];
    expect(parseImageList(JSON.stringify(list), "list.json")).toEqual([
      { path: "a.jpg", label: "cat", split: "train" },
      { path: "b/c.jpg", label: "3" },
    ]);
    const expected = [{ path: "a.jpg", label: "cat" }];
    expect(parseImageList('{"a.jpg": "cat"}', "list.json")).toEqual(expected);
    for (const text of [
      "[",
      "[]",
      "3",
      '[{"path": "a.jpg"}]',
      "[null]",
      '{"../a.jpg": "cat"}',
      '{"path": "a.jpg", "label": "cat"}',
    ]) {
      expect(() => parseImageList(text, "list.json"), text).toThrow(MobileNetError);
    }
  });

  it.each(["label,path", "path,label,subset", "id,path,label", "label;image_path"])(
    "refuses the columns %j, which would be read as a picture",
    (line) => {
      expect(() => parseImageList(`${line}\na.jpg,cat`, "list.csv")).toThrow(/columns.*path,label/);
    },
  );

  it("takes no longer for a long line, and refuses what is out of all bounds", () => {
    const spaces = " ".repeat(8000);
    expect(() => parseImageList(`path,label,split\na.png${spaces}!`, "list.csv")).toThrow(/line 2/);
    expect(parseImageList(`path${spaces}label\na.png${spaces}cat`, "list.csv")).toEqual([
      { path: "a.png", label: "cat" },
    ]);
    expect(() => parseImageList(`"${"a".repeat(1e6)}",cat`, "list.csv")).toThrow(MobileNetError);
    const deep = `[${"[".repeat(1e5)}${"]".repeat(1e5)}]`;
    expect(() => parseImageList(deep, "list.json")).toThrow(MobileNetError);
  });

  it("names the line that is none", () => {
    expect(() => parseImageList("a.jpg 1\nb.jpg\n", "list.txt")).toThrow(/list\.txt, line 2/);
    expect(() => parseImageList("# nothing\n", "list.txt")).toThrow(/no pictures/);
  });

  it.each([
    "../a.jpg 1",
    "/etc/passwd 1",
    "a/../../b.jpg 1",
    "C:\\a.jpg 1",
    "a//b.jpg 1",
    "..\\a.jpg 1",
  ])("refuses %j, which leads out of the folder", (line) =>
    expect(() => parseImageList(line, "list.txt")).toThrow(/leads out/),
  );

  it("is read or refused, whatever it holds", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }),
        fc.constantFrom("list", "list.json"),
        (text, name) => {
          try {
            for (const { path, label } of parseImageList(text, name)) {
              expect(label).not.toBe("");
              expect(path.split("/")).not.toContain("..");
              expect(path).not.toMatch(/^\/|\0/);
            }
          } catch (error) {
            expect(error).toBeInstanceOf(MobileNetError);
          }
        },
      ),
      { numRuns: 200 },
    );
    fc.assert(
      fc.property(fc.json(), (text) => {
        try {
          parseImageList(text, "list.json");
        } catch (error) {
          expect(error).toBeInstanceOf(MobileNetError);
        }
      }),
    );
  });
});

describe("a path in a file", () => {
  it("loses what says nothing", () => expect(pathInside("./a/./b.jpg", "list")).toBe("a/b.jpg"));
  it.each(["", ".", "a/", "x".repeat(1025), "a\0b"])("is refused where it is %j", (path) => {
    expect(() => pathInside(path, "list")).toThrow(MobileNetError);
  });
});
