/**
 * How `benchmark` measures: many runs of a network that is ready, and one first run in a fresh
 * process. Nothing else is timed: the input is rewritten between runs, so that none sees what an
 * earlier one left in its memory.
 */

import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Backend, Executable } from "../backends/backend.ts";
import { isSynchronous } from "../backends/synchronous.ts";
import { compile } from "../compile/compile.ts";
import type { Program } from "../compile/program.ts";
import { removeEntry } from "../disk/entries-node.ts";
import { temporaryFolder } from "../disk/temporary-node.ts";
import { writeWhole } from "../disk/write-node.ts";
import { describeError, MobileNetError, throwIfAborted } from "../errors.ts";
import type { ModelOptions } from "../formats/model-options.ts";
import type { Graph } from "../graph/ir.ts";
import { withBatch } from "../graph/rewrite.ts";
import type { LayerTiming, Measurement, Timing } from "../json/measures.ts";
import type { NamedBackend } from "../tasks/backend-names.ts";
import { type TaskNames, taskNames, type Verb } from "../tasks/task-names.ts";
import { distributionOf, measureInTurns, timeCall, timePromise } from "../timing.ts";
import { coldStartFiles } from "./cold-start-files.ts";

/** How a network is measured. */
export interface BenchmarkOptions {
  readonly backend: Backend;
  readonly threads: number | "auto" | undefined;
  readonly batch: number;
  readonly runs: number;
  /** Also each operation by itself. */
  readonly layers: boolean;
  readonly signal: AbortSignal;
}

/** Untimed runs before the timed ones. */
const warmUps = 5;

/** Times a network whose weights are bound. */
export async function measureGraph(graph: Graph, options: BenchmarkOptions): Promise<Measurement> {
  const { backend, batch } = options;
  const program = compile(withBatch(graph, batch), backend.target);
  const executable = await prepare(program, options);
  try {
    const [isa = backend.name] = executable.description.split(",");
    const timing = await timeRuns(executable, options);
    return {
      precision: precisionOf(program),
      isa,
      threads: Number(/(\d+) threads?/.exec(executable.description)?.[1] ?? 1),
      batch,
      ...timing,
      peakActivationBytes: executable.arenaBytes,
      ...(options.layers ? { layers: await timeLayers(program, options) } : {}),
    };
  } finally {
    executable.dispose();
  }
}

function prepare(program: Program, { backend, threads }: BenchmarkOptions): Promise<Executable> {
  return backend.prepare(program, threads === undefined ? {} : { threads });
}

/** 8-bit where any feature map is. */
function precisionOf({ steps }: Program): "float32" | "int8" {
  return steps.some(({ output }) => output.dtype !== "float32") ? "int8" : "float32";
}

async function timeRuns(
  executable: Executable,
  { runs, signal }: Pick<BenchmarkOptions, "runs" | "signal">,
): Promise<Timing> {
  const [times = []] = await measureInTurns([executable], { rounds: runs, warmUps }, async () => {
    // Ctrl-C is only heard between turns of the event loop.
    await new Promise(setImmediate);
    throwIfAborted(signal);
    return timeRun(executable);
  });
  const { median, p10, p90 } = distributionOf(times);
  // To a tenth of a microsecond.
  const rounded = (ms: number): number => Number(ms.toFixed(4));
  return { medianMs: rounded(median), p10Ms: rounded(p10), p90Ms: rounded(p90) };
}

/** One run, without what goes in and out where the backend lets them be told apart. */
async function timeRun(executable: Executable): Promise<number> {
  if (!isSynchronous(executable)) {
    return timePromise(() => executable.infer((into) => into.input().fill(0.5)));
  }
  executable.input().fill(0.5);
  return timeCall(() => executable.run());
}

/** Each step as a program of its own over the same arena. */
async function timeLayers(
  program: Program,
  options: BenchmarkOptions,
): Promise<readonly LayerTiming[]> {
  const layers: LayerTiming[] = [];
  for (const step of program.steps) {
    const executable = await prepare({ ...program, steps: [step] }, options);
    try {
      const { medianMs } = await timeRuns(executable, options);
      const { name, op } = step.node;
      layers.push({ name, operation: op, outputShape: step.output.shape, medianMs });
    } finally {
      executable.dispose();
    }
  }
  return layers;
}

/** What a cold start loads: the verb, its loader, which the process need not look up, and its arguments. */
export interface ColdStart extends ModelOptions {
  readonly verb: Verb;
  readonly loader: TaskNames["loader"];
  readonly source: string;
  readonly backend?: NamedBackend | undefined;
  readonly threads?: number | "auto" | undefined;
}

/**
 * Milliseconds from importing the library to the first result, in a fresh process.
 *
 * @throws MobileNetError `io` where the process fails, `aborted`.
 */
export async function measureColdStart(
  what: Omit<ColdStart, "loader">,
  signal: AbortSignal,
): Promise<number> {
  const { loader } = taskNames[what.verb];
  const call: ColdStart = { ...what, loader };
  const script = new URL("./cold-start.js", import.meta.url);
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [fileURLToPath(script), JSON.stringify(call)],
      { signal },
    );
    return Number(Number(stdout).toFixed(1));
  } catch (error) {
    throwIfAborted(signal);
    throw new MobileNetError("io", "the process that measures a cold start failed", {
      received: describeError(error),
      remedy: "Leave the cold start out with --no-cold-start.",
      cause: error,
    });
  }
}

/** The cold start of a network whose weights exist only here: they are put on the disk first. */
export async function measureColdStartOf(
  graph: Graph,
  { resolution, ...what }: Omit<ColdStart, "source" | "verb" | "loader">,
  signal: AbortSignal,
): Promise<number> {
  const folder = await temporaryFolder(tmpdir());
  try {
    const { files, source, task, open } = await coldStartFiles(graph);
    for (const [path, bytes] of files) await writeWhole(join(folder, path), bytes);
    return await measureColdStart(
      { ...what, ...(open && { resolution }), verb: task, source: join(folder, source) },
      signal,
    );
  } finally {
    await removeEntry(folder);
  }
}
