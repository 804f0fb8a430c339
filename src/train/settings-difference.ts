/** What two runs' settings differ in, for a message that names it instead of showing both whole. */

/** As many as a line holds. */
const mostShown = 6;

/**
 * The settings that are not the same, each by its path: `epochs 8, recipe.batch 64`.
 *
 * @param expected - JSON, as a run writes its settings.
 * @returns One text for each side; undefined where either is no JSON.
 *
 * @example
 * ```ts
 * settingsDifference('{"epochs":8,"seed":1}', '{"epochs":6,"seed":1}'); // { expected: "epochs 8", received: "epochs 6" }
 * ```
 */
export function settingsDifference(
  expected: string,
  received: string,
): { readonly expected: string; readonly received: string } | undefined {
  try {
    const [ours, theirs] = [leavesOf(JSON.parse(expected)), leavesOf(JSON.parse(received))];
    const paths = [...new Set([...ours.keys(), ...theirs.keys()])].filter(
      (path) => ours.get(path) !== theirs.get(path),
    );
    const side = (leaves: ReadonlyMap<string, string>): string =>
      paths
        .slice(0, mostShown)
        .map((path) => `${path} ${leaves.get(path) ?? "unset"}`)
        .join(", ") + (paths.length > mostShown ? ` and ${paths.length - mostShown} more` : "");
    return { expected: side(ours), received: side(theirs) };
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
