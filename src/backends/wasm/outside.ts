/** Which operations of a network the WebAssembly backend runs in JavaScript, for want of a kernel. */
import { hasByteMaps, type Program } from "../../compile/program.ts";
import { needsHost } from "./encode-elementwise.ts";

/** The steps of a program that leave WebAssembly, by their operations' names. */
export async function operationsOutside(program: Program): Promise<readonly string[]> {
  const leaves = hasByteMaps(program) ? (await import("./int8/context.ts")).lacksKernel : needsHost;
  return program.steps.filter(leaves).map(({ node }) => node.op);
}
