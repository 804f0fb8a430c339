/** Turbo by a caller's wish or by the environment's. */
import { enableTurbo } from "../backends/wasm/turbo.ts";

/**
 * Turns turbo on where it is wanted, or where `MOBILENETV2_TURBO` is 1.
 *
 * @param warn - Told where it was wanted and does not work here.
 */
export async function startTurbo(wanted: boolean, warn: (message: string) => void): Promise<void> {
  const { MOBILENETV2_TURBO } = process.env;
  if (!wanted && MOBILENETV2_TURBO !== "1") return;
  const { enabled, reason } = await enableTurbo();
  if (!enabled) warn(`turbo is off: ${reason}`);
}
