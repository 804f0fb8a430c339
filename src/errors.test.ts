import { describe, expect, it } from "vitest";
import { describeError, MobileNetError, throwIfAborted } from "./errors.ts";

describe("MobileNetError", () => {
  it("says where, what, what was expected, what came and the remedy, in one line", () => {
    const error = new MobileNetError("invalid-model", "the shape\n  does not fit", {
      node: "block_3/add",
      expected: "1×14×14×64",
      received: "1×7×7×64",
      remedy: "Check the stride.",
    });
    expect(error.message).toBe(
      "block_3/add: the shape does not fit: expected 1×14×14×64, received 1×7×7×64. Check the stride.",
    );
  });

  it("leaves out the facts that it does not have", () => {
    expect(new MobileNetError("io", "the disk is full").message).toBe("the disk is full");
    const partial = new MobileNetError("io", "bad file", { received: "3 bytes", remedy: "Retry." });
    expect(partial.message).toBe("bad file: received 3 bytes. Retry.");
  });

  it("ends no part but the last with a full stop", () => {
    const cause = "The operation failed.";
    const of = (details: object) => new MobileNetError("io", "it did not work.", details).message;
    expect(of({})).toBe("it did not work.");
    expect(of({ remedy: "Try again." })).toBe("it did not work. Try again.");
    expect(of({ expected: "a file.", received: cause, remedy: "Try again." })).toBe(
      "it did not work: expected a file, received The operation failed. Try again.",
    );
    expect(of({ received: ".." })).toBe("it did not work: received ..");
  });

  it("carries the same facts as fields, and its cause", () => {
    const cause = new RangeError("deep down");
    const facts = { node: "n", expected: "e", received: "r", remedy: "m" };
    const error = new MobileNetError("unsupported", "no", { ...facts, cause });
    expect(error).toMatchObject({ name: "MobileNetError", code: "unsupported", ...facts });
    expect(error.cause).toBe(cause);
    expect(error).toBeInstanceOf(Error);
  });
});

describe("an error as JSON", () => {
  const inner = new MobileNetError("io", "no disk", { cause: new TypeError("deep") });
  const error = new MobileNetError("network", "no weights", { node: "nsfw", cause: inner });

  it("has its name, message, code and facts, and what caused it", () => {
    expect(JSON.parse(JSON.stringify({ error })).error).toEqual({
      ...{ name: "MobileNetError", message: "nsfw: no weights", code: "network", node: "nsfw" },
      cause: { name: "MobileNetError", message: "no disk", code: "io" },
    });
    expect(JSON.parse(JSON.stringify(inner)).cause).toEqual({ name: "TypeError", message: "deep" });
  });

  it("is written whatever caused it", () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    for (const cause of [circle, 5n, Symbol("s"), () => 1, null]) {
      const text = JSON.stringify(new MobileNetError("internal", "odd", { cause }));
      expect(JSON.parse(text)).toMatchObject({ message: "odd", cause: { name: "Error" } });
    }
  });

  it("keeps its message and cause where it is cloned", () => {
    const clone: Error = structuredClone(error);
    expect([clone.message, (clone.cause as Error).message]).toEqual([error.message, inner.message]);
  });
});

describe("throwIfAborted", () => {
  it("passes without a signal and with a live one", () => {
    expect(() => throwIfAborted(undefined)).not.toThrow();
    expect(() => throwIfAborted(new AbortController().signal)).not.toThrow();
  });

  it("turns the signal's reason into the cause", () => {
    const reason = new Error("the user left");
    const thrown = (): void => throwIfAborted(AbortSignal.abort(reason));
    expect(thrown).toThrow(expect.objectContaining({ code: "aborted", cause: reason }));
  });
});

describe("describeError", () => {
  it("gives the message of an error and the text of anything else", () => {
    expect(describeError(new TypeError("wrong"))).toBe("wrong");
    expect(describeError(42)).toBe("42");
    expect(describeError(undefined)).toBe("nothing");
  });
});
