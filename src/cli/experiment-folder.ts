/**
 * The folder of experiments before a run: held by it alone, and what is there read and compared with what is
 * asked for, so that hours of work do not end in an error that could be known before.
 */
import { fileError } from "../disk/file-error-node.ts";
import { makeFolder } from "../disk/folder-node.ts";
import { holdFolder } from "../disk/hold-node.ts";
import { MobileNetError } from "../errors.ts";
import type { ExperimentResult } from "../experiments/experiment.ts";
import type { ExperimentRow } from "../experiments/experiments.ts";
import { heldError } from "./train/check-output.ts";

/** Does something while no other run writes to the folder. */
export async function alone(folder: string, run: () => Promise<void>): Promise<void> {
  await makeFolder(folder).catch((error: unknown) => {
    throw fileError(folder, error);
  });
  const hold = await holdFolder(folder);
  if (!("release" in hold)) throw heldError(folder, hold);
  try {
    await run();
  } finally {
    await hold.release();
  }
}

/** What is kept of all experiments, but for those that are run anew. */
export async function readEarlier(
  rows: readonly ExperimentRow[],
  folder: string,
  { anew }: { readonly anew: readonly ExperimentRow[] },
): Promise<ReadonlyMap<ExperimentRow, ExperimentResult | undefined>> {
  const { readResult } = await import("../experiments/folder-node.ts");
  const found = new Map<ExperimentRow, ExperimentResult | undefined>();
  for (const row of rows) {
    if (!anew.includes(row)) found.set(row, await readResult(folder, await row.load()));
  }
  return found;
}

/** What a run is asked for that results may be told apart by. */
export type AskedRun = Pick<ExperimentResult, "quick" | "seed" | "version">;

/** Refuses to go on with the result of another run. */
export async function requireSame(
  row: ExperimentRow,
  earlier: ExperimentResult | undefined,
  { folder, wanted }: { readonly folder: string; readonly wanted: AskedRun },
): Promise<void> {
  if (earlier === undefined) return;
  const { differs } = await import("../experiments/run-experiment.ts");
  const { resultPath } = await import("../experiments/folder-node.ts");
  const other = differs(await row.load(), earlier, wanted);
  if (other === undefined) return;
  throw new MobileNetError("invalid-argument", `there is another result, and ${other}`, {
    node: resultPath(folder, row.name),
    remedy: "Name another folder with --out, or replace it with --again.",
  });
}
