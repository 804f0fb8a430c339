/**
 * Small dense linear algebra in double precision: products, the singular value decomposition by
 * one-sided Jacobi rotations (Hestenes, 1958), which is accurate to the last digits also of small
 * singular values, and what follows from it. Meant for some hundreds of rows.
 */

import { MobileNetError } from "../errors.ts";
import { quote } from "../untrusted.ts";

/** A matrix, row by row. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  /** `rows × columns` values. */
  readonly data: Float64Array;
}

/** A matrix whose value at each row and column is given. */
export function matrix(
  rows: number,
  columns: number,
  at: (row: number, column: number) => number,
): Matrix {
  const data = new Float64Array(rows * columns);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) data[r * columns + c] = at(r, c);
  }
  return { rows, columns, data };
}

/** Rows become columns. */
export function transposed({ rows, columns, data }: Matrix): Matrix {
  return matrix(columns, rows, (r, c) => data[c * columns + r]!);
}

/**
 * The product of two matrices.
 *
 * @throws MobileNetError `invalid-argument` where the first has not as many columns as the second rows.
 */
export function matrixProduct(a: Matrix, b: Matrix): Matrix {
  if (a.columns !== b.rows) {
    throw new MobileNetError("invalid-argument", "these matrices have no product", {
      expected: `${a.columns} rows`,
      received: quote(b.rows),
    });
  }
  const data = new Float64Array(a.rows * b.columns);
  for (let r = 0; r < a.rows; r++) {
    for (let k = 0; k < a.columns; k++) {
      const factor = a.data[r * a.columns + k]!;
      for (let c = 0; c < b.columns; c++) {
        data[r * b.columns + c]! += factor * b.data[k * b.columns + c]!;
      }
    }
  }
  return { rows: a.rows, columns: b.columns, data };
}

/** `A = U · diag(values) · Vᵀ`, values from large to small; of as many columns as the shorter side has. */
export interface Svd {
  readonly u: Matrix;
  readonly values: Float64Array;
  readonly v: Matrix;
}

/** So many sweeps end every matrix of this size; a dozen are usual. */
const mostSweeps = 60;

/** The singular value decomposition. */
export function svd(a: Matrix): Svd {
  if (a.rows < a.columns) {
    const { u, values, v } = svd(transposed(a));
    return { u: v, values, v: u };
  }
  const { rows, columns } = a;
  // Columns lie together while they are rotated.
  const work = transposed(a).data;
  const turned = matrix(columns, columns, (r, c) => (r === c ? 1 : 0)).data;
  for (let sweep = 0; sweep < mostSweeps; sweep++) {
    let rotations = 0;
    for (let i = 0; i < columns - 1; i++) {
      for (let j = i + 1; j < columns; j++) {
        rotations += orthogonalize(work, turned, { i, j, rows, columns }) ? 1 : 0;
      }
    }
    if (rotations === 0) break;
  }
  const norms = Float64Array.from({ length: columns }, (_, c) =>
    Math.hypot(...work.subarray(c * rows, (c + 1) * rows)),
  );
  const order = Array.from(norms.keys()).sort((p, q) => norms[q]! - norms[p]!);
  return {
    values: Float64Array.from(order, (c) => norms[c]!),
    u: matrix(rows, columns, (r, c) => {
      const norm = norms[order[c]!]!;
      return norm === 0 ? 0 : work[order[c]! * rows + r]! / norm;
    }),
    v: matrix(columns, columns, (r, c) => turned[order[c]! * columns + r]!),
  };
}

/** Turns two columns so that they are orthogonal; false where they are already. */
function orthogonalize(
  work: Float64Array,
  turned: Float64Array,
  { i, j, rows, columns }: { i: number; j: number; rows: number; columns: number },
): boolean {
  let [ii, jj, ij] = [0, 0, 0];
  for (let r = 0; r < rows; r++) {
    const [x, y] = [work[i * rows + r]!, work[j * rows + r]!];
    ii += x * x;
    jj += y * y;
    ij += x * y;
  }
  if (ij === 0 || Math.abs(ij) <= 1e-15 * Math.sqrt(ii * jj)) return false;
  const zeta = (jj - ii) / (2 * ij);
  const tangent = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
  const cosine = 1 / Math.hypot(1, tangent);
  rotate(work, { from: i * rows, to: j * rows, length: rows }, cosine, cosine * tangent);
  rotate(turned, { from: i * columns, to: j * columns, length: columns }, cosine, cosine * tangent);
  return true;
}

function rotate(
  data: Float64Array,
  { from, to, length }: { from: number; to: number; length: number },
  cosine: number,
  sine: number,
): void {
  for (let k = 0; k < length; k++) {
    const [x, y] = [data[from + k]!, data[to + k]!];
    data[from + k] = cosine * x - sine * y;
    data[to + k] = sine * x + cosine * y;
  }
}

/**
 * How many dimensions a matrix's columns span, numerically: elimination with complete pivoting until what
 * remains is rounding, a tenth of the singular values' work.
 */
export function rank(a: Matrix): number {
  const { rows, columns } = a;
  const data = a.data.slice();
  let least = 0;
  for (let step = 0; step < Math.min(rows, columns); step++) {
    let [largest, row, column] = [0, step, step];
    for (let r = step; r < rows; r++) {
      for (let c = step; c < columns; c++) {
        const size = Math.abs(data[r * columns + c]!);
        if (size > largest) [largest, row, column] = [size, r, c];
      }
    }
    if (step === 0) least = Math.max(rows, columns) * Number.EPSILON * largest;
    if (largest <= least) return step;
    for (let c = 0; c < columns; c++) swap(data, row * columns + c, step * columns + c);
    for (let r = 0; r < rows; r++) swap(data, r * columns + column, r * columns + step);
    const pivot = data[step * columns + step]!;
    for (let r = step + 1; r < rows; r++) {
      const factor = data[r * columns + step]! / pivot;
      for (let c = step; c < columns; c++) {
        data[r * columns + c]! -= factor * data[step * columns + c]!;
      }
    }
  }
  return Math.min(rows, columns);
}

function swap(data: Float64Array, i: number, j: number): void {
  const kept = data[i]!;
  data[i] = data[j]!;
  data[j] = kept;
}

/**
 * The Moore-Penrose pseudo-inverse `A⁺`: of all that fit best, `A⁺ b` is the shortest.
 *
 * @example
 * ```ts
 * const { data } = pseudoInverse({ rows: 2, columns: 1, data: Float64Array.of(3, 4) });
 * Array.from(data, (value) => value.toFixed(2)); // ["0.12", "0.16"]
 * ```
 */
export function pseudoInverse(a: Matrix): Matrix {
  const { u, values, v } = svd(a);
  // What is smaller is rounding, as LAPACK's users take it.
  const least = Math.max(a.rows, a.columns) * Number.EPSILON * (values[0] ?? 0);
  const scaled = matrix(v.rows, v.columns, (r, c) =>
    values[c]! > least ? v.data[r * v.columns + c]! / values[c]! : 0,
  );
  return matrixProduct(scaled, transposed(u));
}
