import { describe, expect, it } from "vitest";
import { elementCount, float32Tensor, formatShape, sameShape } from "./tensor.ts";

describe("shapes", () => {
  it("hold the product of their dimensions, and a scalar one element", () => {
    expect(elementCount([2, 3, 4])).toBe(24);
    expect(elementCount([5, 0, 7])).toBe(0);
    expect(elementCount([])).toBe(1);
  });

  it("are the same only in rank, order and size", () => {
    expect(sameShape([1, 2, 3], [1, 2, 3])).toBe(true);
    expect(sameShape([1, 2, 3], [1, 3, 2])).toBe(false);
    expect(sameShape([1, 2], [1, 2, 1])).toBe(false);
    expect(sameShape([], [])).toBe(true);
  });

  it("read as people write them", () => {
    expect(formatShape([1, 224, 224, 3])).toBe("1×224×224×3");
    expect(formatShape([])).toBe("scalar");
  });
});

describe("float32Tensor", () => {
  it("keeps the values it is given without a copy", () => {
    const data = Float32Array.of(1, 2, 3, 4, 5, 6);
    const tensor = float32Tensor([2, 3], data);
    expect(tensor).toMatchObject({ dtype: "float32", shape: [2, 3] });
    expect(tensor.data).toBe(data);
  });

  it("refuses values that do not fill the shape, and says how many would", () => {
    expect(() => float32Tensor([2, 3], new Float32Array(5))).toThrow(
      expect.objectContaining({
        code: "invalid-argument",
        expected: "6 values for 2×3",
        received: "5",
      }),
    );
  });
});
