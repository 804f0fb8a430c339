/**
 * Turbo: V8 can join neighbouring 128-bit operations into 256-bit ones, behind a flag that Node lets
 * a program set. Kernels of wider tiles make use of it; without the flag they are slower. It is an
 * experiment of the engine's, so it is the user's choice, and it is tried before it is used.
 */
import { describeError } from "../../errors.ts";
import { joinFlags } from "./compare-builds.ts";
import { nodeModule } from "./host.ts";
import { type ModuleCompiler, moduleCompiler } from "./module.ts";

/** The kernels that have a turbo build: for float32 networks, for 8-bit ones and for training. */
export type TurboKernels = "float32" | "int8" | "training";

/** Whether something runs in turbo. */
export interface TurboAnswer {
  readonly enabled: boolean;
  /** Why not. */
  readonly reason?: string | undefined;
}

/** Whether turbo is on, and for which kernels. */
export interface TurboState extends TurboAnswer {
  /**
   * Kernels that do not join run as they do without turbo. Those of 8 bits and of training are compared
   * when the first such network is made ready; the answer counts on their bits until then.
   */
  readonly kernels: Readonly<Record<TurboKernels, TurboAnswer>>;
}

/** The first version of V8 that joins vectors soundly. */
const leastV8 = [13, 6] as const;

/** What keeps the 8-bit kernels from joining where V8 would join vectors. */
const noUnsignedDots =
  "the kernels need dot products of unsigned bytes, which V8 has on processors with AVX-VNNI";

interface NodeV8 {
  setFlagsFromString(flags: string): void;
}

/** The kernels of this process, once turbo was found to work. */
let turboKernels: ModuleCompiler | undefined;
/** Why no kernels join. */
let attempt: Promise<string | undefined> | undefined;
/** Why some kernels do not join though turbo is on. */
const refusals = new Map<TurboKernels, string>();

/**
 * Lets models that are loaded from now on use vectors of 256 bits where WebAssembly has 128: in Node
 * 24 and later, about 1.5 times as fast. Sets V8's flag `--experimental-wasm-revectorize` for this
 * process, then compares the kernels' results with the ordinary ones, bit for bit. The command line
 * does so with `--turbo`, and Node's loaders where the environment has `MOBILENETV2_TURBO=1`.
 *
 * @returns Whether turbo is on, for which kernels, and the reason where it is not: then everything, or
 * what these kernels compute, runs as before. Asked again, the answer is the same but for kernels that
 * were compared meanwhile.
 *
 * @example
 * ```ts
 * const { enabled, reason, kernels } = await enableTurbo();
 * enabled || typeof reason === "string"; // true
 * kernels.int8.enabled || typeof kernels.int8.reason === "string"; // true
 * ```
 */
export async function enableTurbo(): Promise<TurboState> {
  attempt ??= tryTurbo();
  const reason = await attempt;
  const answer = (kernels: TurboKernels): TurboAnswer => {
    const why = reason ?? refusals.get(kernels);
    return why === undefined ? { enabled: true } : { enabled: false, reason: why };
  };
  return {
    ...(reason === undefined ? { enabled: true } : { enabled: false, reason }),
    kernels: { float32: answer("float32"), int8: answer("int8"), training: answer("training") },
  };
}

/**
 * Takes turbo over in a worker thread of a process in which it was found to work: V8's flag is the
 * process's, the kernels are each thread's.
 */
export async function adoptTurbo(): Promise<void> {
  const { kernels, memoryFlagAt } = await import("./kernels-turbo.generated.ts");
  attempt ??= turnOn(moduleCompiler(kernels, memoryFlagAt));
  await attempt;
}

/** From now on these kernels run; there is no reason why not. */
async function turnOn(compiler: ModuleCompiler): Promise<undefined> {
  const { storesBytes } = await import("./int8/probe.ts");
  if (!storesBytes()) refuseTurbo("int8", noUnsignedDots);
  turboKernels = compiler;
}

/** The turbo kernels, where they were asked for and work. */
export function turboCompiler(): ModuleCompiler | undefined {
  return turboKernels;
}

/** Notes that some kernels cannot join though turbo is on. */
export function refuseTurbo(kernels: TurboKernels, reason: string): void {
  refusals.set(kernels, reason);
}

/** Turns turbo on; gives the reason where that cannot be. */
async function tryTurbo(): Promise<string | undefined> {
  const v8 = nodeModule<NodeV8>("node:v8");
  if (v8 === undefined) return "turbo needs Node: a page cannot set flags of its engine";
  const version = nodeVersions()?.v8 ?? "0";
  if (!isAtLeast(version, leastV8)) {
    return `turbo needs V8 ${leastV8.join(".")} (Node 24) or later; this is V8 ${version}`;
  }
  try {
    const [{ kernels, memoryFlagAt }, { differenceOf }] = await Promise.all([
      import("./kernels-turbo.generated.ts"),
      import("./turbo-check.ts"),
    ]);
    const compiler = moduleCompiler(kernels, memoryFlagAt);
    const difference = await differenceOf(compiler, (flag) => v8.setFlagsFromString(flag));
    if (difference !== undefined) {
      v8.setFlagsFromString(joinFlags.off);
      return difference;
    }
    return await turnOn(compiler);
  } catch (error) {
    v8.setFlagsFromString(joinFlags.off);
    return describeError(error);
  }
}

function nodeVersions(): { readonly v8?: string } | undefined {
  return (globalThis as { process?: { versions?: { v8?: string } } }).process?.versions;
}

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [a = 0, b = 0] = version.split(".").map(Number);
  return a > major || (a === major && b >= minor);
}
