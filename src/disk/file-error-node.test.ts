import { describe, expect, it } from "vitest";
import { MobileNetError } from "../errors.ts";
import { explainFileLimit, fileError } from "./file-error-node.ts";

const limited = Object.assign(new Error("EMFILE: too many open files, open 'x.js'"), {
  code: "EMFILE",
});

describe("too many open files", () => {
  it.each([
    ["as the system says it", limited],
    ["behind another error", new Error("cannot load", { cause: limited })],
    ["behind one of this library", fileError("a.png", limited)],
    ["in the words of a loader", new Error("EMFILE: too many open files, open 'y.js'")],
  ])("are told %s, with what helps", (_, error) => {
    expect(explainFileLimit(error)).toMatchObject({
      code: "io",
      message: expect.stringMatching(/too many open files.*ulimit -n 1024/),
    });
  });

  it("are not seen in other errors", () => {
    for (const error of [
      new Error("EMFILES"),
      new MobileNetError("io", "no"),
      "EMFILE",
      undefined,
    ]) {
      expect(explainFileLimit(error)).toBe(error);
    }
  });
});
