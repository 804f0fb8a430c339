/** Samples made before they are read: which of those that were asked for are at work, and how many. */
import type { SampleRequest } from "./samples.ts";

/** Makes samples ahead of their reading. */
export interface Ahead<Sample> {
  /** Replaces what is to be made; what is under way or made and asked for again stays. */
  prefetch(requests: readonly SampleRequest[]): void;
  /** Hands out a sample, made now where it was not asked for. */
  take(request: SampleRequest): Promise<Sample>;
}

/**
 * @param make - Starts making a sample.
 * @param most - How many may be under way or made and not read; the rest wait in their order.
 */
export function makeAhead<Sample>(
  make: (request: SampleRequest) => Promise<Sample>,
  most: number,
): Ahead<Sample> {
  const wanted = new Map<string, SampleRequest>();
  const coming = new Map<string, Promise<Sample>>();
  const nameOf = ({ index, key }: SampleRequest): string => `${index} ${key?.join() ?? ""}`;
  const startSome = (): void => {
    for (const [name, request] of wanted) {
      if (coming.size >= most) return;
      wanted.delete(name);
      const made = make(request);
      // Who reads it hears of a failure; nobody may.
      made.catch(() => {});
      coming.set(name, made);
    }
  };
  return {
    prefetch(requests) {
      wanted.clear();
      const named = new Map(requests.map((request) => [nameOf(request), request]));
      for (const name of coming.keys()) if (!named.has(name)) coming.delete(name);
      for (const [name, request] of named) if (!coming.has(name)) wanted.set(name, request);
      startSome();
    },
    take(request) {
      const name = nameOf(request);
      wanted.delete(name);
      const made = coming.get(name) ?? make(request);
      coming.delete(name);
      startSome();
      return made;
    },
  };
}
