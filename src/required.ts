/** Looking up what must be there. */
import { MobileNetError } from "./errors.ts";
import { quote } from "./untrusted.ts";

/**
 * The value that a map keeps under a name which another part of the library has put there.
 *
 * @throws MobileNetError `internal` with the name, where nothing is kept under it.
 *
 * @example
 * ```ts
 * required(new Map([["stem", 32]]), "stem"); // 32
 * ```
 */
export function required<K, V>(map: ReadonlyMap<K, V>, key: K): V {
  const value = map.get(key);
  if (value === undefined) {
    throw new MobileNetError("internal", `nothing is known by the name ${quote(key)}`);
  }
  return value;
}
