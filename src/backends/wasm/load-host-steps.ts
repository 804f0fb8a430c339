/** Loads what runs steps without a kernel, when a program has one. */
import type { Program } from "../../compile/program.ts";
import type { HostSteps } from "./host-steps.ts";

/** What makes a program's steps run on the host. */
export async function loadHostSteps(program: Program): Promise<HostSteps> {
  const { HostSteps } = await import("./host-steps.ts");
  return new HostSteps(program);
}
