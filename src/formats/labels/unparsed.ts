/** A file of labels before it is known how many classes its model has. */

/** A file of labels, not yet parsed. */
export interface UnparsedLabels {
  /** Its name tells JSON from text, and messages name it. */
  readonly path: string;
  readonly bytes: Uint8Array;
}
