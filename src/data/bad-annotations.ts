/**
 * What becomes of annotations that cannot be right: the first ends the reading, or each is left out and
 * counted. Readers hand every fault to one place, so that none is passed over in silence.
 */
import { describeError, MobileNetError } from "../errors.ts";
import { printable } from "../untrusted.ts";

/** What annotations were left out, or changed. */
export interface SkippedAnnotations {
  /**
   * Pictures that are left out whole: a file of theirs is missing or unreadable, or is not what the other
   * says. Their objects are counted nowhere, but for those that were bad in themselves.
   */
  readonly pictures: number;
  /** Objects that are left out one by one for what they say, most of them of pictures that are kept. */
  readonly objects: number;
  /** Boxes that reached out of their pictures, and were cut at the edge. */
  readonly clipped: number;
  /** Pictures that nobody has annotated, in formats where that does not mean that nothing is there. */
  readonly unannotated: number;
  /** The first faults, each a line that names file, line or object. */
  readonly faults: readonly string[];
}

/** Told a fault and what it concerns; throws where the reading shall stop. */
export type OnBadAnnotation = (error: unknown, concerns: "picture" | "object") => void;

/** Ends the reading at the first fault. */
export const stopAtBad: OnBadAnnotation = (error) => {
  throw error;
};

/** Faults of which the lines are kept. */
const mostFaults = 20;

/** Failures of one picture or object; any other ends the reading. */
const skippable: readonly string[] = ["invalid-data", "invalid-image", "not-found", "io"];

/** Collects faults. */
export class BadAnnotations {
  readonly #stops: boolean;
  readonly #faults: string[] = [];
  readonly #counts = { picture: 0, object: 0 };
  #clipped = 0;
  #unannotated = 0;

  constructor(damaged: "skip" | "stop") {
    this.#stops = damaged === "stop";
  }

  readonly add: OnBadAnnotation = (error, concerns) => {
    const passes = error instanceof MobileNetError && skippable.includes(error.code);
    if (this.#stops || !passes) throw error;
    this.#counts[concerns]++;
    if (this.#faults.length < mostFaults) this.#faults.push(describeError(error));
  };

  /** A box was cut at its picture's edge. */
  clip(): void {
    this.#clipped++;
  }

  /** A picture has no annotations. */
  addUnannotated(count: number): void {
    this.#unannotated += count;
  }

  /** What has come so far. */
  summary(): SkippedAnnotations {
    const { picture: pictures, object: objects } = this.#counts;
    const clipped = this.#clipped;
    return { pictures, objects, clipped, unannotated: this.#unannotated, faults: this.#faults };
  }

  /** Tells it, once for a whole data set. */
  tell(folder: string, onWarning: ((message: string) => void) | undefined): void {
    const told = describeSkipped(this.summary());
    if (told !== undefined) (onWarning ?? console.warn)(`${printable(folder)}: ${told}`);
  }
}

/** What was left out, in a line; nothing where nothing was. */
function describeSkipped(skipped: SkippedAnnotations): string | undefined {
  const { pictures, objects, clipped, unannotated, faults } = skipped;
  const parts: string[] = [];
  const bad = [
    ...(pictures > 0 ? [count(pictures, "picture")] : []),
    ...(objects > 0 ? [count(objects, "single object")] : []),
  ];
  if (bad.length > 0) {
    parts.push(`left out ${bad.join(" and ")} with bad annotations (the first: ${faults[0]})`);
  }
  if (unannotated > 0) parts.push(`left out ${count(unannotated, "picture")} without annotations`);
  if (clipped > 0) {
    const which = clipped === 1 ? "1 box that reaches" : `${clipped} boxes that reach`;
    parts.push(`cut ${which} out of the picture`);
  }
  return parts.length === 0 ? undefined : parts.join("; ");
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
