/** Which operations of a network the WebAssembly backend runs in JavaScript, for want of a kernel. */
import type { Program } from "../../compile/program.ts";
import { needsHost } from "./encode-elementwise.ts";

/** The steps of a program that leave WebAssembly, by their operations' names. */
export async function operationsOutside({ inputs, steps }: Program): Promise<readonly string[]> {
  const slots = [...inputs, ...steps.map(({ output }) => output)];
  const quantized = slots.some(({ dtype }) => dtype !== "float32");
  const leaves = quantized ? (await import("./int8/context.ts")).lacksKernel : needsHost;
  return steps.filter(leaves).map(({ node }) => node.op);
}
