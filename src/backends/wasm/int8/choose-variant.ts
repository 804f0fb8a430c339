/** Which 8-bit kernels run; only their module is loaded. */
import { turboCompiler } from "../turbo.ts";
import { storesBytes } from "./probe.ts";
import type { Variant } from "./variant.ts";

/** The fastest kernels whose results are right here; turbo's where it is on. */
export async function chooseVariant(): Promise<Variant> {
  if (!storesBytes()) return (await import("./words.ts")).words;
  if (turboCompiler() !== undefined) return (await import("./turbo.ts")).checkedTurbo();
  return (await import("./bytes.ts")).bytes;
}
