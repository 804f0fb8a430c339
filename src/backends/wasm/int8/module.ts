/** The 8-bit kernels' module: compiled once in a process, when it is first needed. */
import { MobileNetError } from "../../../errors.ts";
import { kernels } from "./kernels.generated.ts";

/** What the module exports. */
export interface Int8Kernels {
  /** Walks the program at an address. */
  run(program: number): void;
}

let compiled: Promise<WebAssembly.Module> | undefined;

/**
 * The compiled module.
 *
 * @throws MobileNetError `unsupported` where the host has no WebAssembly, or not with SIMD.
 */
export function compileInt8Kernels(): Promise<WebAssembly.Module> {
  compiled ??= compile();
  return compiled;
}

async function compile(): Promise<WebAssembly.Module> {
  try {
    const bytes = Uint8Array.from(atob(kernels), (character) => character.charCodeAt(0));
    return await WebAssembly.compile(bytes);
  } catch (cause) {
    throw new MobileNetError("unsupported", "WebAssembly with SIMD is not available here", {
      cause,
      remedy: "Use the reference backend, or allow 'wasm-unsafe-eval' in the page's policy.",
    });
  }
}

/** The kernels over a memory. */
export function instantiateInt8Kernels(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
): Int8Kernels {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Int8Kernels;
}
