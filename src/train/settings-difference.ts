/**
 * What differs between the settings of two runs, each written down as JSON (settings.ts): named by
 * path, so that a message can say why one cannot go on where the other stopped.
 */
import { elide } from "../untrusted.ts";

/** As many as a line holds. */
const mostShown = 6;

/** What differs between two runs: in words, and the paths of the settings. */
export interface SettingsDifference {
  readonly expected: string;
  readonly received: string;
  /** Those that stand highest first. */
  readonly paths: readonly string[];
}

/**
 * The settings that are not the same, each by its path: `epochs 8, recipe.batch 64`.
 *
 * @param expected - JSON, as a run writes its settings.
 * @returns One text for each side; undefined where either is no JSON.
 *
 * @example
 * ```ts
 * const difference = settingsDifference('{"epochs":8,"seed":1}', '{"epochs":6,"seed":1}');
 * difference; // { expected: "epochs 8", received: "epochs 6", paths: ["epochs"] }
 * ```
 */
export function settingsDifference(
  expected: string,
  received: string,
): SettingsDifference | undefined {
  try {
    const [ours, theirs] = [leavesOf(JSON.parse(expected)), leavesOf(JSON.parse(received))];
    // What stands deep, such as a layer's stride, mostly follows from what stands above.
    const depth = (path: string): number => path.split(".").length;
    const paths = [...new Set([...ours.keys(), ...theirs.keys()])]
      .filter((path) => ours.get(path) !== theirs.get(path))
      .sort((a, b) => depth(a) - depth(b));
    const side = (leaves: ReadonlyMap<string, string>): string =>
      paths
        .slice(0, mostShown)
        .map((path) => `${elide(path, 60)} ${elide(leaves.get(path) ?? "unset", 60)}`)
        .join(", ") + (paths.length > mostShown ? ` and ${paths.length - mostShown} more` : "");
    return { expected: side(ours), received: side(theirs), paths };
  } catch {
    return undefined;
  }
}

/** Every value that is no object, as JSON, by the names that lead to it. */
function leavesOf(value: unknown, path = ""): ReadonlyMap<string, string> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return new Map([[path, JSON.stringify(value)]]);
  }
  return new Map(
    Object.entries(value).flatMap(([name, part]) => [
      ...leavesOf(part, path === "" ? name : `${path}.${name}`),
    ]),
  );
}
