/** Refuses what is no program, where a caller in JavaScript may give anything. */
import { fieldsOf, wrongArgument } from "../wrong-argument.ts";

/**
 * Checks that a value is a program, by its parts and not by what is in them.
 *
 * @param call - The function that it was given to.
 * @throws MobileNetError `invalid-argument`.
 */
export function checkProgram(program: unknown, call: string): void {
  const { steps, inputs, outputs, parameters } = fieldsOf(program);
  if ([steps, inputs, outputs].every(Array.isArray) && parameters instanceof Map) return;
  throw wrongArgument(call, "a program, as compile gives", program);
}
