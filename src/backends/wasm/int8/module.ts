/** The 8-bit kernels' module: compiled once in a process, when it is first needed. */
import { MobileNetError } from "../../../errors.ts";
import { kernels, memoryFlagAt } from "./kernels.generated.ts";

const compiled = new Map<boolean, Promise<WebAssembly.Module>>();

/**
 * The compiled module, for a memory that threads share or for a plain one. It exports what the
 * float32 kernels do.
 *
 * @throws MobileNetError `unsupported` where the host has no WebAssembly, or not with SIMD.
 */
export function compileInt8Kernels(shared: boolean): Promise<WebAssembly.Module> {
  const known = compiled.get(shared);
  if (known !== undefined) return known;
  const module = compile(shared);
  compiled.set(shared, module);
  return module;
}

async function compile(shared: boolean): Promise<WebAssembly.Module> {
  try {
    const bytes = Uint8Array.from(atob(kernels), (character) => character.charCodeAt(0));
    bytes[memoryFlagAt] = shared ? 3 : 1;
    return await WebAssembly.compile(bytes);
  } catch (cause) {
    throw new MobileNetError("unsupported", "WebAssembly with SIMD is not available here", {
      cause,
      remedy: "Use the reference backend, or allow 'wasm-unsafe-eval' in the page's policy.",
    });
  }
}
