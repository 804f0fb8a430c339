/** What every executable checks of its caller. */
import type { Slot } from "../compile/program.ts";
import { MobileNetError } from "../errors.ts";
import { quote } from "../untrusted.ts";

/** The input or output at an index. */
export function slotAt(slots: readonly Slot[], index: number, kind: "input" | "output"): Slot {
  const slot = slots[index];
  if (slot === undefined) {
    throw new MobileNetError("invalid-argument", `no such ${kind}`, {
      expected: `an index below ${slots.length}`,
      received: quote(index),
    });
  }
  return slot;
}

/** What an executable holds until it is disposed of. */
export function requireAlive<T>(held: T | undefined): T {
  if (held === undefined) {
    throw new MobileNetError("disposed", "the executable was disposed", {
      remedy: "Prepare the program again.",
    });
  }
  return held;
}
