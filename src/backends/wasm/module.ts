/** The kernels' modules: each decoded and compiled once in a process, when it is first needed. */
import { MobileNetError } from "../../errors.ts";
import { mayBlock } from "./host.ts";
import { kernels, memoryFlagAt } from "./kernels.generated.ts";

/** What the module exports; addresses are of the program and of the thread's record. */
export interface Kernels {
  /** Walks the program. */
  run(program: number, worker: number): void;
  /** Announces a run to helpers. */
  announce(worker: number): void;
  /** Lays out rows of weights: assembly/pack-panels.ts. */
  packPanels(
    from: number,
    rows: number,
    outputs: number,
    factors: number,
    panel: number,
    panelBytes: number,
  ): void;
}

/** A compiled module, for a memory that threads share or for a plain one. */
export type ModuleCompiler = (shared: boolean) => Promise<WebAssembly.Module>;

/** Compiles a module when it is first needed, once for each kind of memory. */
export function moduleCompiler(base64: string, memoryFlagAt: number): ModuleCompiler {
  const compiled = new Map<boolean, Promise<WebAssembly.Module>>();
  return (shared) => {
    const module = compiled.get(shared) ?? compile(base64, memoryFlagAt, shared);
    compiled.set(shared, module);
    return module;
  };
}

async function compile(
  base64: string,
  memoryFlagAt: number,
  shared: boolean,
): Promise<WebAssembly.Module> {
  try {
    const text = atob(base64);
    // A plain loop: a call for each character costs milliseconds in code that runs once.
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
    bytes[memoryFlagAt] = shared ? 3 : 1;
    // The kernels are small and their functions compiled when they are called: to wait for other
    // threads takes longer, on a busy machine ten times. A page's own thread does wait.
    return mayBlock() ? new WebAssembly.Module(bytes) : await WebAssembly.compile(bytes);
  } catch (cause) {
    throw new MobileNetError("unsupported", "WebAssembly with SIMD is not available here", {
      cause,
      remedy: "Use the reference backend, or allow 'wasm-unsafe-eval' in the page's policy.",
    });
  }
}

/**
 * The float32 kernels' module.
 *
 * @throws MobileNetError `unsupported` where the host has no WebAssembly, or not with SIMD.
 */
export const compileKernels: ModuleCompiler = /* @__PURE__ */ moduleCompiler(kernels, memoryFlagAt);

/** Milliseconds that a thread sleeps at most before it looks again. */
export const napMilliseconds = 5;

/**
 * The kernels over a memory.
 *
 * @param look - Called whenever they have waited for other threads; what it throws ends their call.
 * @param hostSteps - What runs the steps without a kernel, in their numbers' order.
 */
export function instantiateKernels(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  look: () => void,
  hostSteps: readonly (() => void)[] = [],
): Kernels {
  const words = new Int32Array(memory.buffer);
  const sleeps = mayBlock();
  const nap = (address: number, word: number): void => {
    if (sleeps) Atomics.wait(words, address >> 2, word, napMilliseconds);
    look();
  };
  const hostStep = (index: number): void => hostSteps[index]?.();
  const imports = { env: { memory }, parallel: { nap, hostStep } };
  return new WebAssembly.Instance(module, imports).exports as unknown as Kernels;
}
