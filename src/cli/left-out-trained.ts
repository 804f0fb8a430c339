/** Pictures that a model was trained on, which say nothing of how good it is, left out of its evaluation. */
import { statusIfThere } from "../disk/entries-node.ts";
import type { TrainedPictures } from "../json/work.ts";
import { formatCount, plural } from "./format.ts";
import { markedAs } from "./train/marks.ts";

/** What is known of a model's run. */
export interface TrainedOn {
  /** The marks of the pictures that the model was trained on, where its folder says. */
  readonly trained?: ReadonlySet<number> | undefined;
  /** Told how many of the pictures are among them, and in words what that means. */
  readonly onTrained?: ((about: TrainedPictures, message: string) => void) | undefined;
}

/**
 * What the run of the model held back, where the data are its own; else all, and what that means.
 *
 * @param paths - The samples' pictures, in their order.
 */
export async function withoutTrained<Sample>(
  samples: readonly Sample[],
  paths: readonly string[],
  { trained, onTrained }: TrainedOn,
): Promise<readonly Sample[]> {
  if (trained === undefined || trained.size === 0) return samples;
  const files: string[] = [];
  const seen = new Set<string>();
  for (const [index, path] of paths.entries()) {
    const status = await statusIfThere(path);
    // Two names of one file are one picture.
    files[index] = status === undefined ? path : `${status.dev}:${status.ino}`;
    const marks = await markedAs(path);
    if (marks.some((mark) => trained.has(mark))) seen.add(files[index]);
  }
  const held = samples.filter((_, index) => !seen.has(files[index]!));
  if (held.length === samples.length) return samples;
  const pictures = samples.length - held.length;
  if (held.length === 0) {
    const words = "the model was trained on every one of these pictures: the figures flatter it";
    onTrained?.({ pictures, counted: true }, words);
    return samples;
  }
  const all = plural(samples.length, "picture");
  const words = `the model was trained on ${formatCount(pictures)} of these ${all}, which are left out`;
  onTrained?.({ pictures, counted: false }, words);
  return held;
}
