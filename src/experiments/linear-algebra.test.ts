/** Against the definitions, values known otherwise, and matrices of known rank. */
import { describe, expect, it } from "vitest";
import { Random } from "../random.ts";
import {
  type Matrix,
  matrix,
  matrixProduct,
  pseudoInverse,
  rank,
  svd,
  transposed,
} from "./linear-algebra.ts";

function normal(rows: number, columns: number, seed: number): Matrix {
  const random = new Random(7, seed, rows, columns);
  return matrix(rows, columns, () => random.normal());
}

function of(...rows: readonly (readonly number[])[]): Matrix {
  return matrix(rows.length, rows[0]!.length, (r, c) => rows[r]![c]!);
}

/** The largest difference of two matrices. */
function distance(a: Matrix, b: Matrix): number {
  expect([a.rows, a.columns]).toEqual([b.rows, b.columns]);
  return Math.max(0, ...a.data.map((value, i) => Math.abs(value - b.data[i]!)));
}

const sizes = [
  [1, 1],
  [2, 2],
  [5, 2],
  [2, 5],
  [30, 2],
  [12, 12],
  [40, 16],
] as const;

/** Some products of dozens of numbers near 1, each rounded at 2⁻⁵³; with room for the condition. */
const rounding = 1e-11;

describe.each(sizes)("of %i × %i", (rows, columns) => {
  const a = normal(rows, columns, 1);

  it("the singular vectors are orthonormal and make the matrix again", () => {
    const { u, values, v } = svd(a);
    const count = Math.min(rows, columns);
    const identity = matrix(count, count, (r, c) => (r === c ? 1 : 0));
    expect(distance(matrixProduct(transposed(u), u), identity)).toBeLessThan(rounding);
    expect(distance(matrixProduct(transposed(v), v), identity)).toBeLessThan(rounding);
    const diagonal = matrix(count, count, (r, c) => (r === c ? values[r]! : 0));
    expect(distance(matrixProduct(matrixProduct(u, diagonal), transposed(v)), a)).toBeLessThan(
      rounding,
    );
    expect(Array.from(values)).toEqual(Array.from(values).sort((p, q) => q - p));
  });

  it("the pseudo-inverse is Penrose's: his four equations hold", () => {
    const inverse = pseudoInverse(a);
    const [left, right] = [matrixProduct(a, inverse), matrixProduct(inverse, a)];
    expect(distance(matrixProduct(left, a), a)).toBeLessThan(rounding);
    expect(distance(matrixProduct(right, inverse), inverse)).toBeLessThan(rounding);
    expect(distance(transposed(left), left)).toBeLessThan(rounding);
    expect(distance(transposed(right), right)).toBeLessThan(rounding);
  });
});

describe("known values", () => {
  it("the singular values of a triangle are the roots of its square's eigenvalues", () => {
    // AᵀA = [[9, 12], [12, 41]] has the eigenvalues 45 and 5.
    const { values } = svd(of([3, 4], [0, 5]));
    expect(values[0]).toBeCloseTo(Math.sqrt(45), 13);
    expect(values[1]).toBeCloseTo(Math.sqrt(5), 13);
  });

  it("small singular values keep their digits beside large ones", () => {
    const { values } = svd(of([1, 1], [0, 1e-9], [0, 0]));
    // To first order √2 and 1e-9 / √2.
    expect(values[1]! / (1e-9 / Math.SQRT2)).toBeCloseTo(1, 9);
  });

  it("the pseudo-inverse of full columns is (AᵀA)⁻¹Aᵀ", () => {
    // AᵀA = [[3, 6], [6, 14]], its inverse [[14, −6], [−6, 3]] / 6.
    const inverse = pseudoInverse(of([1, 1], [1, 2], [1, 3]));
    const known = of([8 / 6, 2 / 6, -4 / 6], [-3 / 6, 0, 3 / 6]);
    expect(distance(inverse, known)).toBeLessThan(rounding);
  });

  it("a matrix of one direction has a pseudo-inverse, too, and nothing that of nothing", () => {
    const inverse = pseudoInverse(of([1, 2], [2, 4]));
    expect(distance(inverse, of([1 / 25, 2 / 25], [2 / 25, 4 / 25]))).toBeLessThan(rounding);
    expect(distance(pseudoInverse(of([0, 0])), of([0], [0]))).toBe(0);
  });

  it("matrices that do not fit have no product", () => {
    expect(() => matrixProduct(of([1, 2]), of([1, 2]))).toThrow("have no product");
  });
});

describe("the rank", () => {
  it.each([0, 1, 2, 5, 8])("of a product through %i dimensions is that", (inner) => {
    for (let seed = 0; seed < 20; seed++) {
      const product = matrixProduct(normal(12, inner, seed), normal(inner, 8, seed + 100));
      expect(rank(product)).toBe(inner);
      expect(rank(transposed(product))).toBe(inner);
    }
  });

  it("is the number of singular values that are more than rounding", () => {
    for (let seed = 0; seed < 20; seed++) {
      const a = normal(6, 4, seed);
      // The last column is the sum of the first two.
      const b = matrix(6, 4, (r, c) =>
        c < 3 ? a.data[4 * r + c]! : a.data[4 * r]! + a.data[4 * r + 1]!,
      );
      expect([rank(a), rank(b)]).toEqual([4, 3]);
      expect(svd(b).values[3]!).toBeLessThan(1e-14 * svd(b).values[0]!);
    }
  });
});
