/** How much strange input a parser is tried with: a hundred thousand in the long form of the tests. */
const long = 100_000;

/**
 * How many inputs a test gives.
 *
 * @param usual - In the short form.
 * @param tests - How many tests of the same parser share the long form's.
 */
export function inputs(usual: number, tests = 1): number {
  return process.env["LONG"] ? Math.ceil(long / tests) : usual;
}
