/** Where Node finds a package that may be missing: near whoever could have installed it. */
import { describeError } from "../errors.ts";

/** Makes Node's `require` for a place. */
export type RequireMaker = (from: string | URL) => NodeJS.Require;

/**
 * What is found from the first of some places that has it; those that are undefined do not count.
 * Throws Node's error for the first place where none has it.
 */
export function findFrom<T>(
  createRequire: RequireMaker,
  places: readonly (string | undefined)[],
  look: (near: NodeJS.Require) => T,
): T {
  let first: unknown;
  for (const from of places) {
    try {
      // Absent in bundles of another kind of module.
      if (from !== undefined) return look(createRequire(from));
    } catch (error) {
      first ??= error;
    }
  }
  throw first;
}

/** Why a package is not there, without the list of modules that asked for it, which Node adds. */
export function whyAbsent(error: unknown): string {
  return describeError(error).split(/\s*\n/, 1)[0] ?? "";
}
