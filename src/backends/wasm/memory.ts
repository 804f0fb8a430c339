/**
 * Memories for programs. A plain one is given up with its program and collected. A shared one stays
 * known to helper threads, which sleep instead of collecting garbage; so it is kept and used again,
 * grown where the next program is larger.
 */
import { describeError, MobileNetError } from "../../errors.ts";

const pageBytes = 65536;
const mostPages = 65536;

const spare: WebAssembly.Memory[] = [];

/**
 * A memory of at least so many bytes, all zero.
 *
 * @throws MobileNetError `memory` where the host has none of this size.
 */
export function allocateMemory(bytes: number, shared: boolean): WebAssembly.Memory {
  const pages = Math.ceil(bytes / pageBytes);
  try {
    return (shared ? reuse(pages) : undefined) ?? create(pages, shared);
  } catch (cause) {
    throw new MobileNetError("memory", "no memory for the program", {
      expected: `${bytes} bytes`,
      received: describeError(cause),
      remedy: "Use a smaller resolution or batch, or dispose of models that are no longer needed.",
      cause,
    });
  }
}

/** Takes back a shared memory that no thread works on any more. */
export function recycleMemory(memory: WebAssembly.Memory): void {
  spare.push(memory);
}

/** Shared memories may grow, where the host lets them reserve the room for it. */
function create(pages: number, shared: boolean): WebAssembly.Memory {
  if (shared) {
    try {
      return new WebAssembly.Memory({ initial: pages, maximum: mostPages, shared });
    } catch {
      // Not so much address space here: exactly what is needed, then.
    }
  }
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
}

function reuse(pages: number): WebAssembly.Memory | undefined {
  // The smallest that is large enough; else the largest, to grow it least.
  spare.sort((a, b) => a.buffer.byteLength - b.buffer.byteLength);
  const fits = spare.findIndex((memory) => memory.buffer.byteLength >= pages * pageBytes);
  const index = fits >= 0 ? fits : spare.findLastIndex((memory) => grows(memory, pages));
  const [memory] = index < 0 ? [] : spare.splice(index, 1);
  if (memory !== undefined) new Uint8Array(memory.buffer).fill(0);
  return memory;
}

function grows(memory: WebAssembly.Memory, pages: number): boolean {
  const more = pages - memory.buffer.byteLength / pageBytes;
  try {
    if (more > 0) memory.grow(more);
    return true;
  } catch {
    return false;
  }
}
