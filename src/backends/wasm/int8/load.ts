/** 8-bit programs on the fastest kernels whose results are right here; only their module is loaded. */
import type { MemoryRules, Program } from "../../../compile/program.ts";
import type { SynchronousExecutable } from "../../backend.ts";
import type { Team } from "../instance.ts";
import { turboCompiler } from "../turbo.ts";
import { prepareInt8 } from "./executable.ts";
import { storesBytes } from "./probe.ts";
import { int8Rules } from "./rules.ts";
import type { Variant } from "./variant.ts";

/** The kernels; turbo's where it is on. */
export async function chooseVariant(): Promise<Variant> {
  if (!storesBytes()) return (await import("./words.ts")).words;
  if (turboCompiler() !== undefined) return (await import("./turbo.ts")).checkedTurbo();
  return (await import("./bytes.ts")).bytes;
}

/** What the compiler has to know about them, on so many threads. */
export async function rulesHere(threads: number): Promise<MemoryRules> {
  return int8Rules(await chooseVariant(), threads);
}

/** Makes an 8-bit program ready on them; errors are those of `prepareInt8`. */
export async function prepareHere(program: Program, team: Team): Promise<SynchronousExecutable> {
  return prepareInt8(program, team, await chooseVariant());
}
