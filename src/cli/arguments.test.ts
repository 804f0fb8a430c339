import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseArguments } from "./arguments.ts";
import { choice, flag, list, number, numberOr, numbers, text } from "./options.ts";
import { UsageError } from "./usage-error.ts";

const options = {
  json: flag({ description: "" }),
  "top-k": number({ placeholder: "N", from: 1, to: 10, whole: true, short: "k", description: "" }),
  "score-threshold": number({ placeholder: "0–1", from: 0, to: 1, description: "" }),
  threads: numberOr("auto", { placeholder: "N|auto", from: 1, to: 8, description: "" }),
  classes: list({ placeholder: "A,B", description: "" }),
  void: numbers({ placeholder: "N,…", from: 0, to: 255, whole: true, description: "" }),
  backend: choice(["wasm", "reference"], { description: "" }),
  out: text({ placeholder: "FILE", description: "" }),
};

const parse = (...args: string[]) => parseArguments(args, options);

describe("arguments", () => {
  it("reads every kind of option, and what is not an option", () => {
    const { values, positionals } = parse(
      ..."a.jpg --json -k 3 --score-threshold=0.25 --threads auto --classes dog,cat b.jpg".split(
        " ",
      ),
      ..."--backend reference --classes bird --void 11,12 --void 0 --out boxes.png -".split(" "),
    );
    expect(positionals).toEqual(["a.jpg", "b.jpg", "-"]);
    expect(values).toEqual({
      json: true,
      "top-k": 3,
      "score-threshold": 0.25,
      threads: "auto",
      classes: ["dog", "cat", "bird"],
      void: [11, 12, 0],
      backend: "reference",
      out: "boxes.png",
    });
  });

  it("leaves undefined what was not given", () => {
    const { values } = parse("a.jpg");
    expect(values.json).toBe(false);
    expect(values["score-threshold"]).toBeUndefined();
    expect(values.classes).toBeUndefined();
  });

  it("takes everything after -- as it stands", () => {
    expect(parse("--", "--json", "-k").positionals).toEqual(["--json", "-k"]);
  });

  it.each([
    [["--jsn"], "unknown option --jsn. Did you mean --json?"],
    [["--reference"], "unknown option --reference. Write --backend reference."],
    [["-x"], "unknown option -x"],
    [["--__proto__", "x"], "unknown option --__proto__"],
    [["--json=yes"], "--json takes no value"],
    [["--out"], "--out needs a value: expected FILE, received nothing"],
    [["--out", "--json"], "--out needs a value: expected FILE, received --json"],
    [["--out="], "bad value for --out"],
    [
      ["-k", "3", "--top-k", "5"],
      '--top-k is given more than once: expected one value, received ["3", "5"]',
    ],
    [["-k", "0"], "bad value for --top-k: expected a whole number from 1 to 10"],
    [["-k", "2.5"], "whole number"],
    [["-k", "11"], 'received "11"'],
    [["-k", "many"], "whole number"],
    [["-k", "0x3"], "whole number"],
    [["--score-threshold", "-0.1"], "expected a number from 0 to 1"],
    [["--score-threshold", "Infinity"], "expected a number from 0 to 1"],
    [["--score-threshold", "NaN"], "expected a number from 0 to 1"],
    [["--score-threshold", ""], "expected a number from 0 to 1"],
    [["--threads", "all"], "or auto"],
    [["--classes", "dog,,cat"], "names separated by commas"],
    [["--void", "11,256"], "bad value for --void: expected a whole number from 0 to 255"],
    [["--backend", "gpu"], "expected wasm or reference"],
  ])("refuses %j", (args, message) => {
    expect(() => parse(...args)).toThrow(UsageError);
    expect(() => parse(...args)).toThrow(message);
  });

  it("either parses or says what is wrong, whatever was typed", () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom(
        "--json",
        "--score-threshold",
        "-k",
        "--",
        "-",
        "--out=",
        "--classes",
        "0.5",
        "-kx",
      ),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (args) => {
        try {
          parse(...args);
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
          expect((error as Error).message).not.toContain("\n");
        }
      }),
    );
  });
});
