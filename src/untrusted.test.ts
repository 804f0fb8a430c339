import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MobileNetError } from "./errors.ts";
import { elide, isNumberIn, printable, quote } from "./untrusted.ts";

const throwing = new Proxy(
  {},
  {
    get: () => {
      throw new Error("no");
    },
    ownKeys: () => {
      throw new Error("no");
    },
  },
);

function nested(depth: number): unknown {
  let value: unknown = [];
  for (let i = 0; i < depth; i++) value = [value];
  return value;
}

describe("quoting", () => {
  it("shows plain values as one would write them", () => {
    expect(quote("cat")).toBe('"cat"');
    expect(quote(-0)).toBe("-0");
    expect(quote(Number.NaN)).toBe("NaN");
    expect(quote(12n)).toBe("12n");
    expect(quote(null)).toBe("null");
    expect(quote(undefined)).toBe("nothing");
    expect(quote(Symbol("s"))).toBe('Symbol("s")');
    expect(quote(() => 1)).toBe("a function");
    expect(quote(new Float32Array(3))).toBe("a Float32Array");
    expect(quote(new Map())).toBe("a Map");
    expect(quote([1, "two", { three: [true] }])).toBe('[1, "two", {"three": [true]}]');
  });

  it("shortens lists, objects, depth and texts", () => {
    expect(quote(Array.from({ length: 1000 }, (_, i) => i))).toBe("[0, 1, 2, 3, 4, 5, 6, 7, …]");
    expect(quote(Object.fromEntries([..."abcdefghij"].map((key) => [key, 1])))).toMatch(/, …\}$/);
    expect(quote(nested(100_000))).toBe("[[[[…]]]]");
    expect(quote("x".repeat(2_000_000)).length).toBe(120);
    expect(quote(10n ** 400n)).toBe("a vast bigint");
  });

  it("calls nothing of the value, and never throws", () => {
    let calls = 0;
    const counting = (): number => ++calls;
    const value = {
      toString: counting,
      valueOf: counting,
      toJSON: counting,
      get own() {
        return counting();
      },
    };
    expect(quote(value)).toContain('"own": …');
    expect(calls).toBe(0);
    expect(quote({ toString: 1, valueOf: 1 })).toBe('{"toString": 1, "valueOf": 1}');
    expect(quote(Object.create(null))).toBe("{}");
    expect(quote(throwing)).toBe("a value that cannot be read");
    const circle: unknown[] = [];
    circle.push(circle);
    expect(quote(circle)).toBe("[[[[…]]]]");
    const { proxy, revoke } = Proxy.revocable([], {});
    revoke();
    expect(quote(proxy)).toBe("a value that cannot be read");
  });

  it("holds for any value", () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withNullPrototype: true }), (value) => {
        const text = quote(value);
        expect(text.length).toBeLessThanOrEqual(120);
        expect(text).not.toMatch(/[\p{Cc}\u202a-\u202e]/u);
      }),
    );
  });
});

describe("texts from files", () => {
  it("cannot steer the terminal", () => {
    expect(printable("a\x1b[2Jb\n\u202egpj")).toBe("a\\u001b[2Jb\\u000a\\u202egpj");
    expect(printable("Käse 画像.png")).toBe("Käse 画像.png");
    expect(quote("\x1b[2J\x9b")).toBe('"\\u001b[2J\\u009b"');
  });

  it("are cut in the middle, between characters", () => {
    expect(elide("photographs/cat.jpg", 10)).toBe("photog…jpg");
    expect(elide("🐈".repeat(10), 6)).toBe("🐈🐈…");
  });
});

describe("a number in a range", () => {
  it("is no text, bigint or object that converts to one", () => {
    expect([0, 0.5, 1].every((value) => isNumberIn(value, 0, 1))).toBe(true);
    const others = [-0.1, Number.NaN, "0.5", 1n, [1], { valueOf: () => 1 }, Symbol("1"), null];
    expect(others.filter((value) => isNumberIn(value, 0, 1))).toEqual([]);
  });
});

describe("an error's message", () => {
  it("is short and printable, whatever its facts hold", () => {
    const long = `\x1b[31m${"name ".repeat(100_000)}\u202e`;
    const facts = { node: long, expected: long, received: long, remedy: long };
    const error = new MobileNetError("invalid-model", long, facts);
    expect(error.message.length).toBeLessThanOrEqual(2000);
    expect(error.message).not.toMatch(/[\p{Cc}\u202a-\u202e]/u);
    expect(error.node).toBe(long);
  });

  it("is composed even where JavaScript gives facts that are no texts", () => {
    const node = { toString: 1, valueOf: 1 } as unknown as string;
    expect(new MobileNetError("io", "bad", { node }).message).toBe(
      '{"toString": 1, "valueOf": 1}: bad',
    );
  });
});
