/** Turbo by a caller's wish or by the environment's, and what is said of it. */
import { enableTurbo, type TurboKernels, type TurboState } from "../backends/wasm/turbo.ts";
import { MobileNetError } from "../errors.ts";
import type { Graph } from "../graph/ir.ts";
import { quote } from "../untrusted.ts";

type Warn = (message: string) => void;

/** Whether anyone has wanted turbo in this process. */
let asked = false;

/** What each caller has been told: the same thing once. */
const told = new WeakMap<Warn, Set<string>>();

/**
 * Turns turbo on where it is wanted, or where `MOBILENETV2_TURBO` is 1.
 *
 * @param wanted - Whether somebody wants it, who then hears what it does, whatever that is.
 * @param warn - Told which kernels run in turbo and why others do not. Where the environment alone wants
 *   it, only of others; and of those that the network does not need, nothing.
 * @param graph - The network that will run.
 */
export async function startTurbo(wanted: boolean, warn: Warn, graph?: Graph): Promise<void> {
  asked ||= environmentAsks() || wanted;
  if (!asked) return;
  let state = await enableTurbo();
  const isInt8 = graph?.nodes.some(({ quantization }) => quantization !== undefined);
  if (isInt8 && state.kernels.int8.enabled) {
    // They are compared now or when the network is made ready, once.
    const { checkedTurbo } = await import("../backends/wasm/int8/turbo.ts");
    await checkedTurbo();
    state = await enableTurbo();
  }
  const needed = graph === undefined ? allKernels : ([isInt8 ? "int8" : "float32"] as const);
  if (!wanted && needed.every((kernels) => state.kernels[kernels].enabled)) return;
  const message = describeTurbo(state);
  const known = told.get(warn) ?? new Set();
  if (known.has(message)) return;
  told.set(warn, known.add(message));
  warn(message);
}

/** What the environment says; a word that means neither would leave turbo off without anybody knowing. */
function environmentAsks(): boolean {
  const said = process.env["MOBILENETV2_TURBO"] ?? "";
  if (["", "0", "1"].includes(said)) return said === "1";
  throw new MobileNetError("invalid-argument", "bad MOBILENETV2_TURBO in the environment", {
    expected: "1 for turbo, or 0",
    received: quote(said),
  });
}

/** Where nobody else listens. */
export function warnConsole(message: string): void {
  console.warn(message);
}

const names: Readonly<Record<TurboKernels, string>> = {
  float32: "float32 networks",
  int8: "8-bit networks",
  training: "training",
};
const allKernels = Object.keys(names) as readonly TurboKernels[];

/** What turbo does and what it does not, and why. */
export function describeTurbo({ enabled, reason, kernels }: TurboState): string {
  if (!enabled) return `turbo is off: ${reason}`;
  const on = allKernels.filter((name) => kernels[name].enabled).map((name) => names[name]);
  const off = allKernels
    .filter((name) => !kernels[name].enabled)
    .map((name) => `${names[name]} (${kernels[name].reason})`);
  return [`turbo is on for ${on.join(", ")}`, ...off.map((what) => `off for ${what}`)].join("; ");
}
