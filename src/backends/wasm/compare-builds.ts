/** Whether turbo's build of some kernels computes what the ordinary one does, bit for bit. */

/** V8's flags that let it join vectors, and keep it from that. */
export const joinFlags = {
  on: "--experimental-wasm-revectorize",
  off: "--no-experimental-wasm-revectorize",
} as const;

/**
 * V8's flags that let its optimising compiler, the one that joins vectors, do each function as soon as
 * it was called, at once; and that let it choose again. To go without its baseline compiler from the
 * start ends the process from V8 14 on.
 */
const compilerFlags = {
  eager: ["--wasm-sync-tier-up", "--wasm-tiering-budget=1"],
  usual: ["--no-wasm-sync-tier-up", "--wasm-tiering-budget=13000000"],
} as const;

/** Computes something and gives all values of it. */
type Computation = () => Promise<readonly ArrayLike<number>[]>;

/**
 * Computes the same on both builds, each as the optimising compiler has made it: the ordinary one while
 * it may not join vectors, unless it was compiled before.
 *
 * @param setFlag - Sets a flag of V8; that for joining vectors is set in the end.
 * @returns What differs; undefined where nothing does.
 */
export async function compareBuilds(
  setFlag: (flag: string) => void,
  { ordinary, turbo }: { readonly ordinary: Computation; readonly turbo: Computation },
): Promise<string | undefined> {
  for (const flag of compilerFlags.eager) setFlag(flag);
  try {
    // The first time compiles; the second one runs what was compiled.
    setFlag(joinFlags.off);
    await ordinary();
    const expected = await ordinary();
    setFlag(joinFlags.on);
    await turbo();
    return differenceOf(expected, await turbo());
  } finally {
    setFlag(joinFlags.on);
    for (const flag of compilerFlags.usual) setFlag(flag);
  }
}

function differenceOf(
  expected: readonly ArrayLike<number>[],
  received: readonly ArrayLike<number>[],
): string | undefined {
  for (const [index, values] of expected.entries()) {
    for (let i = 0; i < values.length; i++) {
      const other = received[index]?.[i];
      if (Object.is(values[i], other)) continue;
      return `this engine's joined vectors give ${other} where ${values[i]} is right`;
    }
  }
  return undefined;
}
