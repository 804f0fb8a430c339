/**
 * Decoded pictures in memory, within a number of bytes that all threads count together. What came first
 * stays: an epoch reads every picture once in a new order, so that whatever makes room for another
 * would on average be wanted as soon.
 */
import type { RgbImage } from "../../image/image.ts";

/** Bytes that are free for pictures, in memory that threads share. */
export interface Room {
  readonly most: number;
  /** One number: bytes in use. */
  readonly used: BigInt64Array;
}

/** Room for so many bytes. */
export function createRoom(most: number): Room {
  return { most, used: new BigInt64Array(new SharedArrayBuffer(8)) };
}

/** The picture in memory that threads share, counted; undefined where there is no room for it. */
export function shareImage(image: RgbImage, { most, used }: Room): RgbImage | undefined {
  const { length } = image.data;
  const before = Atomics.add(used, 0, BigInt(length));
  const data = Number(before) + length <= most ? allocate(length) : undefined;
  if (data === undefined) {
    Atomics.sub(used, 0, BigInt(length));
    return undefined;
  }
  data.set(image.data);
  return { ...image, data };
}

/** Shared memory; undefined where the machine has no more: pictures are then decoded each time. */
function allocate(length: number): Uint8Array | undefined {
  try {
    return new Uint8Array(new SharedArrayBuffer(length));
  } catch {
    return undefined;
  }
}

/** Shared pictures by name. */
export class KeptPictures {
  readonly room: Room;
  readonly #pictures = new Map<string, RgbImage>();

  /** @param most - Bytes of pixels. */
  constructor(most: number) {
    this.room = createRoom(most);
  }

  get(name: string): RgbImage | undefined {
    return this.#pictures.get(name);
  }

  /** Takes a picture that was shared in this room; one that is here already gives its room back. */
  add(name: string, picture: RgbImage): void {
    if (this.#pictures.has(name)) Atomics.sub(this.room.used, 0, BigInt(picture.data.length));
    else this.#pictures.set(name, picture);
  }

  /** Lets go of all. */
  clear(): void {
    this.#pictures.clear();
    Atomics.store(this.room.used, 0, 0n);
  }
}
