/**
 * Where a network's time goes, row by row of table 2: its steps are timed one by one, each as a program
 * of its own over the same memory, as `benchmark --layers` does; once with blocks fused (section 5.1), as
 * networks run here, and once layer by layer.
 */
import {
  compile,
  mobilenetV2,
  type Network,
  type Program,
  profile,
  profileByBlock,
  type SynchronousExecutable,
  wasmBackend,
  withRandomWeights,
} from "mobilenetv2";
import type { CountedLayers, MeasuredLayers, NetworkSize, OnShare } from "../understand-api.ts";
import { timeRuns } from "./measure.ts";

/** Of whole runs, and of a step. */
const thoroughly = { atMost: 1000, atLeast: 0 };
const perStep = { atMost: 60, atLeast: 1 };

/** What the rows cost, without a run. */
export function countLayers(size: NetworkSize): CountedLayers {
  return counted(mobilenetV2(size));
}

function counted(graph: Network): CountedLayers {
  const { rows, parameters, multiplyAdds } = profileByBlock(graph);
  return {
    ...{ parameters, multiplyAdds, rows: rows.map(({ nodes: _, ...row }) => row) },
    arenaBytes: profile(graph, wasmBackend.target).peakActivationBytes,
  };
}

/** A network's program in one of the two forms. */
interface Form {
  readonly name: "fused" | "unfused";
  readonly program: Program;
}

/**
 * Measures a network with random weights on one thread: both forms in turns, first as a whole and then row
 * by row.
 *
 * @throws MobileNetError `aborted` where the signal says so.
 */
export async function measureLayers(
  size: NetworkSize,
  { signal, onShare }: { readonly signal: AbortSignal; readonly onShare: OnShare },
): Promise<MeasuredLayers> {
  const graph = withRandomWeights(mobilenetV2(size));
  const forms = (["fused", "unfused"] as const).map((name): Form => {
    const target = { ...wasmBackend.target, fuseBlocks: name === "fused" };
    return { name, program: compile(graph, target) };
  });
  const { whole, description } = await measureWhole(forms, signal);
  const { rows } = profileByBlock(graph);
  const times: { -readonly [Name in Form["name"]]: number | undefined }[] = [];
  for (const [i, { nodes }] of rows.entries()) {
    onShare(0.2 + (0.8 * i) / rows.length);
    const time = { fused: undefined, unfused: undefined } as (typeof times)[number];
    for (const { name, program } of forms) {
      for (const step of program.steps.filter(({ node }) => nodes.includes(node.name))) {
        const alone = await wasmBackend.prepare({ ...program, steps: [step] });
        const timed = timeRuns([alone], perStep, signal).finally(() => alone.dispose());
        time[name] = (time[name] ?? 0) + (await timed)[0]!.median;
      }
    }
    times.push(time);
  }
  return { ...size, ...counted(graph), description, whole, times };
}

async function measureWhole(
  forms: readonly Form[],
  signal: AbortSignal,
): Promise<Pick<MeasuredLayers, "whole" | "description">> {
  const ready: SynchronousExecutable[] = [];
  try {
    for (const { program } of forms) ready.push(await wasmBackend.prepare(program));
    const [fused, unfused] = await timeRuns(ready, thoroughly, signal);
    return { whole: { fused: fused!, unfused: unfused! }, description: ready[0]!.description };
  } finally {
    for (const executable of ready) executable.dispose();
  }
}
