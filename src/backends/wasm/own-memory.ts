/**
 * The memory of a module that works beside models' own: plain, and as large as its largest work so far has
 * needed.
 */
import { align } from "../../compile/place-intervals.ts";

const pageBytes = 65_536;
const mostPages = 65_536;

/** What a module's own static data lie below. */
const ownStart = 1024;

/** A memory that grows. */
export class OwnMemory {
  readonly memory: WebAssembly.Memory = new WebAssembly.Memory({ initial: 1, maximum: mostPages });

  /** Bytes that it has. */
  get bytes(): number {
    return this.memory.buffer.byteLength;
  }

  /** At least so many bytes; views of what came before are none any more. */
  reserve(bytes: number): ArrayBuffer {
    const missing = bytes - this.bytes;
    if (missing > 0) this.memory.grow(Math.ceil(missing / pageBytes));
    return this.memory.buffer;
  }
}

/** Gives places in such a memory, one behind the other, each with so many bytes to spare. */
export class OwnLayout {
  readonly #slack: number;
  #end = ownStart;

  constructor(slack: number) {
    this.#slack = slack;
  }

  /** The first byte behind all places. */
  get end(): number {
    return this.#end;
  }

  /** The address of so many bytes. */
  place(bytes: number): number {
    const address = this.#end;
    this.#end = align(address + bytes + this.#slack);
    return address;
  }
}
