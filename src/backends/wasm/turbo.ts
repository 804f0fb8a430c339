/**
 * Turbo: V8 can join neighbouring 128-bit operations into 256-bit ones, behind a flag that Node lets
 * a program set. Kernels of wider tiles make use of it; without the flag they are slower. It is an
 * experiment of the engine's, so it is the user's choice, and it is tried before it is used.
 */
import { describeError } from "../../errors.ts";
import { nodeModule } from "./host.ts";
import { type ModuleCompiler, moduleCompiler } from "./module.ts";

/** Whether turbo kernels run, and why not where they were asked for. */
export interface TurboState {
  readonly enabled: boolean;
  /** Why not. */
  readonly reason?: string | undefined;
}

/** The first version of V8 that joins vectors soundly. */
const leastV8 = [13, 6] as const;

/** V8's flags that let it join vectors, and keep it from that. */
export const joinFlags = {
  on: "--experimental-wasm-revectorize",
  off: "--no-experimental-wasm-revectorize",
} as const;

interface NodeV8 {
  setFlagsFromString(flags: string): void;
}

/** The kernels of this process, once turbo was found to work. */
let turboKernels: ModuleCompiler | undefined;
let attempt: Promise<TurboState> | undefined;

/**
 * Lets models that are loaded from now on use vectors of 256 bits where WebAssembly has 128: in Node
 * 24 and later, about 1.5 times as fast. Sets V8's flag `--experimental-wasm-revectorize` for this
 * process, then compares the kernels' results with the ordinary ones, bit for bit. The command line
 * does so with `--turbo`, and Node's loaders where the environment has `MOBILENETV2_TURBO=1`.
 *
 * @returns Whether turbo is on, and the reason where it is not: then everything runs as before.
 * Asked again, the answer is the same.
 *
 * @example
 * ```ts
 * const { enabled, reason } = await enableTurbo();
 * enabled || typeof reason === "string"; // true
 * ```
 */
export function enableTurbo(): Promise<TurboState> {
  attempt ??= tryTurbo();
  return attempt;
}

/**
 * Takes turbo over in a worker thread of a process in which it was found to work: V8's flag is the
 * process's, the kernels are each thread's.
 */
export async function adoptTurbo(): Promise<void> {
  const { kernels, memoryFlagAt } = await import("./kernels-turbo.generated.ts");
  turboKernels ??= moduleCompiler(kernels, memoryFlagAt);
  attempt ??= Promise.resolve({ enabled: true });
}

/** The turbo kernels, where they were asked for and work. */
export function turboCompiler(): ModuleCompiler | undefined {
  return turboKernels;
}

async function tryTurbo(): Promise<TurboState> {
  const v8 = nodeModule<NodeV8>("node:v8");
  if (v8 === undefined) return refuse("turbo needs Node: a page cannot set flags of its engine");
  const version = nodeVersions()?.v8 ?? "0";
  if (!isAtLeast(version, leastV8)) {
    return refuse(`turbo needs V8 ${leastV8.join(".")} (Node 24) or later; this is V8 ${version}`);
  }
  try {
    const [{ kernels, memoryFlagAt }, { differenceOf }] = await Promise.all([
      import("./kernels-turbo.generated.ts"),
      import("./turbo-check.ts"),
    ]);
    const compiler = moduleCompiler(kernels, memoryFlagAt);
    const difference = await differenceOf(compiler, (flag) => v8.setFlagsFromString(flag));
    if (difference === undefined) {
      turboKernels = compiler;
      return { enabled: true };
    }
    v8.setFlagsFromString(joinFlags.off);
    return refuse(difference);
  } catch (error) {
    v8.setFlagsFromString(joinFlags.off);
    return refuse(describeError(error));
  }
}

function refuse(reason: string): TurboState {
  return { enabled: false, reason };
}

function nodeVersions(): { readonly v8?: string } | undefined {
  return (globalThis as { process?: { versions?: { v8?: string } } }).process?.versions;
}

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [a = 0, b = 0] = version.split(".").map(Number);
  return a > major || (a === major && b >= minor);
}
