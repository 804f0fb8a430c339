/** Rows of a picture that lie between the same two rows of logits, and what is made of them. */

@unmanaged
export class Rows {
  classes: i32;
  /** Logit columns, and pixels of a row. */
  columns: i32;
  width: i32;
  /** Two rows of logits, `[columns, classes]`, and room for one between them. */
  top: usize;
  bottom: usize;
  line: usize;
  /** For each column its best class, or -1 where rounding may choose another one. */
  winners: usize;
  /** Cells of a row: where each starts (and where the last ends), and between which columns it lies. */
  cells: i32;
  starts: usize;
  leftColumns: usize;
  rightColumns: usize;
  /** Float64: where a cell's first pixel lies from its left column to its right one, and from one pixel to the next. */
  firsts: usize;
  steps: usize;
  /** The picture's rows: the first one's number, how many, and, float64, where each lies from top to bottom. */
  firstRow: i32;
  rows: i32;
  fractions: usize;
  /** Whether the map holds probabilities instead of logits. */
  probabilities: i32;
  /** Float64: by how much a class has to be ahead where logits are rounded; 0 where they are not. */
  lead: usize;
  /** One pixel's logits; a run's sums, float64. */
  pixel: usize;
  sums: usize;
  /** The rows' classes, and their probabilities, 0 where nobody wants them. */
  classMap: usize;
  scoreMap: usize;
  /** For each class: its pixels, and float64 the sum of their probabilities. */
  pixels: usize;
  scores: usize;
}
