import { describe, expect, it } from "vitest";
import { checkClass, matchClasses, translateClasses } from "./class-names.ts";

const labels = [
  "background",
  "tabby, tabby cat",
  "n02124075 Egyptian cat",
  "crane",
  "crane",
  "n/a",
];

/** The class of one name. */
function classOf(name: string): number | undefined {
  return matchClasses([name], labels, "data").get(name);
}

describe("a class of the data", () => {
  it.each([
    ["Tabby, Tabby Cat", 1],
    ["TABBY", 1],
    ["tabby_cat", 1],
    [" tabby-cat ", 1],
    ["egyptian cat", 2],
    ["n02124075", 2],
    ["N02124075_Egyptian_cat", 2],
    ["0", 0],
    ["3", 3],
    ["05", 5],
  ])("named %j is class %i", (name, index) => expect(classOf(name)).toBe(index));

  it("is the label that is written so, where others differ in case", () => {
    const found = matchClasses(["cat", "Cat"], ["Cat", "cat"], "data");
    expect([...found.values()]).toEqual([1, 0]);
    expect(() => matchClasses(["CAT"], ["Cat", "cat"], "data")).toThrow(/several classes/);
  });

  it("is a label before it is an index", () => {
    expect(matchClasses(["1", "0"], ["1", "2"], "data")).toEqual(
      new Map([
        ["1", 0],
        ["0", 0],
      ]),
    );
  });

  it("with a whole label goes before one with a synonym", () => {
    expect(matchClasses(["cat"], ["cat, tom", "cat"], "data").get("cat")).toBe(1);
  });

  it("that has no class is listed with a close label, all of them at once", () => {
    const match = (): unknown => matchClasses(["tabi", "Egyptian cot", "zebra"], labels, "photos");
    expect(match).toThrow(/^photos: /);
    expect(match).toThrow(/"Egyptian cot" \(close: "n02124075 Egyptian cat"\), "zebra"\./);
    expect(match).toThrow(/from 0 to 5/);
  });

  it("that has several is told their indices", () => {
    expect(() => classOf("crane")).toThrow(/several classes: 3 "crane", 4 "crane"/);
    expect(() => matchClasses(["cat"], ["cat, tom", "cat, puss"], "data")).toThrow(/several/);
  });

  it.each(["6", "-1", "1.5", "1e0", "", "n/a", "n99999999", "__proto__", "constructor"])(
    "named %j is none",
    (name) => expect(() => classOf(name)).toThrow(/do not fit/),
  );

  it("is counted where there are too many to list", () => {
    const names = Array.from({ length: 25 }, (_, i) => `nowhere ${i}`);
    expect(() => matchClasses(names, labels, "data")).toThrow(/and 15 more/);
  });
});

describe("the classes of two models", () => {
  it("are the same by name, whatever their order", () => {
    expect(translateClasses(["cat", "Dog", "cow"], ["dog", "cat"])).toEqual([1, 0, undefined]);
  });

  it("are told apart by their order where a label repeats", () => {
    expect(translateClasses(["crane", "crane"], ["x", "crane", "crane"])).toEqual([1, 2]);
  });
});

describe("an index", () => {
  it.each([-1, 2, 0.5, Number.NaN])("of %s is no class of two", (index) => {
    expect(() => checkClass(index, ["a", "b"], "cat.jpg")).toThrow(/cat\.jpg: .*0 to 1/);
  });
});
