/**
 * A process of its own in which a helper thread ends, started by ending-helpers.test.ts with an engine
 * and a way to end. It prints, as JSON, what became of the runs meanwhile and after.
 */
import { writeSync } from "node:fs";
import type { Worker as ThreadWorker } from "node:worker_threads";
import { wasmBackend } from "../../src/backends/wasm/wasm.ts";
import { compile } from "../../src/compile/compile.ts";
import { Random } from "../../src/random.ts";
import { initialize } from "../../src/train/initialize.ts";
import { planTraining } from "../../src/train/plan.ts";
import { createWasmNetwork } from "../../src/train/wasm/network.ts";
import { smallGraph } from "../train/networks.ts";
import { afterTakingUnit, convolution, type Engine } from "./units.ts";

/** What a helper does, and when. */
export type Ending =
  // Within a unit that it has taken.
  | "trap"
  | "exit"
  | "terminate"
  | "memory"
  // The same on a host that cannot say whether a thread lives; and a helper that only takes long.
  | "hang unseen"
  | "none, but sleeps"
  // While it waits for other threads' units.
  | "exit between units"
  // While it has nothing to do.
  | "terminate idle"
  | "throw at start"
  | "exit at start"
  | "memory at start"
  // Within a unit of the kernels' own, or just after it.
  | "terminate where the leader waits";

/** What the process prints. */
export interface Report {
  /** Runs that gave the right values, and those that gave others. */
  readonly right: number;
  readonly wrong: number;
  /** The error that a run ended with, if any; and that of the next run then. */
  readonly error?: Failure;
  readonly again?: Failure;
  /** Threads that ended, as the process heard of it. */
  readonly ended: number;
  /** A program that was made ready afterwards: whether it is right, and how it runs. */
  readonly after: { readonly right: boolean; readonly description: string };
  /** Helpers that were started after the first. */
  readonly replaced: number;
}

interface Failure {
  readonly name: string;
  readonly code?: string;
  readonly message: string;
}

/** Something that runs; its values are always the same. */
interface Subject {
  run(): Float32Array;
  readonly description: string;
}

const [engine, ending, purpose] = process.argv.slice(2) as [Engine, Ending, string?];
const waitsForSignal = purpose === "wait for SIGTERM";
const handles: ThreadWorker[] = [];
let ended = 0;
/** Set by a helper that has taken a unit and does not go on. */
const stuck = new Int32Array(new SharedArrayBuffer(4));

interface Threads {
  Worker: typeof ThreadWorker;
  readonly MessagePort: { readonly prototype: { postMessage(...args: unknown[]): unknown } };
  setEnvironmentData(key: string, value: unknown): void;
}
const threads = process.getBuiltinModule("node:worker_threads") as unknown as Threads;
threads.setEnvironmentData("stuck", stuck);
const { Worker } = threads;
/** Only the first helper ends; those after it live. */
threads.Worker = class extends Worker {
  constructor(source: string, options: object) {
    const first = handles.length === 0;
    const little = { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 2 };
    const limits = first && ending.startsWith("memory") ? { resourceLimits: little } : {};
    super((first ? preludeFor(ending) : "") + source, { ...options, ...limits });
    handles.push(this);
    this.once("exit", () => ended++);
  }
} as typeof ThreadWorker;

// The leader sleeps by this function: a moment at which it is in WebAssembly, waiting.
const { wait } = Atomics;
let terminated = false;
Atomics.wait = ((...args: Parameters<typeof wait>) => {
  const isStuck = stuck[0] !== 0;
  if (ending === "hang unseen" && isStuck && ended === 0) return "timed-out";
  const due = ending === "terminate" ? isStuck : ending === "terminate where the leader waits";
  if (due && !terminated) {
    terminated = true;
    void handles[0]?.terminate();
  }
  return wait(...args);
}) as typeof wait;

if (ending === "hang unseen") {
  // As in browsers, nobody can tell whether a thread lives; and half a minute passes in a moment, until
  // the thread that hangs has ended: its successor may be late on a busy machine.
  const { postMessage } = threads.MessagePort.prototype;
  threads.MessagePort.prototype.postMessage = function (...args) {
    postMessage.apply(this, args);
  };
  const clock = performance.now.bind(performance);
  let ahead = 0;
  performance.now = () => {
    if (ended === 0) ahead += 5;
    return clock() + ahead;
  };
}

/** Goes before the helpers' program. */
function preludeFor(way: Ending): string {
  const act = {
    trap: 'throw new WebAssembly.RuntimeError("unreachable")',
    exit: "process.exit(0)",
    terminate: "for (;;);",
    memory: "fillMemory()",
    "hang unseen": "for (;;);",
    "none, but sleeps": "finishLate(worker); return",
  };
  const say = 'require("node:fs").writeSync(1, "stuck ");';
  const common = `
    const fillMemory = () => { for (const all = []; ; ) all.push(new Array(1000).fill({})); };
    const stuck = require("node:worker_threads").getEnvironmentData("stuck");
  `;
  switch (way) {
    case "throw at start":
      return 'throw new Error("not today");';
    case "exit at start":
      return "process.exit(0);";
    case "memory at start":
      return `${common} fillMemory();`;
    case "exit between units":
      return `${common}
        const { Instance } = WebAssembly;
        WebAssembly.Instance = function (module, imports) {
          imports.parallel.nap = () => process.exit(0);
          return new Instance(module, imports);
        };`;
    case "trap":
    case "exit":
    case "terminate":
    case "memory":
    case "hang unseen":
    case "none, but sleeps":
      return `${common}
        ${afterTakingUnit(engine, (waitsForSignal ? say : "") + act[way])}`;
    default:
      return "";
  }
}

async function prepare(count: number): Promise<Subject> {
  if (engine === "training") {
    const plan = planTraining(smallGraph());
    const network = await createWasmNetwork(plan, { batch: 64, threads: count });
    initialize(network, { seed: 1 });
    const random = new Random(1);
    for (let i = 0; i < network.input.length; i++) network.input[i] = random.normal();
    return {
      run: () => {
        const [logits = []] = network.forward(64, { training: false }).values();
        return Float32Array.from(logits);
      },
      description: network.description,
    };
  }
  const executable = await wasmBackend.prepare(compile(convolution(engine), wasmBackend.target), {
    threads: count,
  });
  return {
    run: () => {
      const { data } = executable.inputTensor();
      for (let i = 0; i < data.length; i++) data[i] = (i * 31) % 255;
      executable.run();
      return executable.output();
    },
    description: executable.description,
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const same = (a: Float32Array, b: Float32Array): boolean => a.every((value, i) => value === b[i]);

function describe(error: unknown): Failure {
  const { name, code, message } = error as Failure;
  return { name, message, ...(code === undefined ? {} : { code }) };
}

async function play(): Promise<Report> {
  const expected = (await prepare(1)).run();
  const subject = await prepare(2);
  const counts = { right: 0, wrong: 0 };
  let error: Failure | undefined;
  let after = 0;
  // Until a run fails; where none should, until the helper has ended and a few runs longer.
  for (let run = 0; run < 3000 && error === undefined && after < 5; run++) {
    if (ending === "terminate idle" && run === 20) await handles[0]?.terminate();
    try {
      counts[same(subject.run(), expected) ? "right" : "wrong"]++;
    } catch (thrown) {
      error = describe(thrown);
    }
    await turn();
    if (ended > 0 || (ending === "none, but sleeps" && stuck[0] !== 0)) after++;
  }
  let again: Failure | undefined;
  if (error !== undefined) {
    try {
      subject.run();
    } catch (thrown) {
      again = describe(thrown);
    }
  }
  const stays = ending === "trap" || ending === "none, but sleeps";
  while (ended === 0 && !stays) await new Promise((resolve) => setTimeout(resolve, 5));
  const later = await prepare(2);
  const results = Array.from({ length: 10 }, () => later.run());
  return {
    ...counts,
    ...(error && { error }),
    ...(again && { again }),
    ended,
    after: {
      right: results.every((values) => same(values, expected)),
      description: later.description,
    },
    replaced: handles.length - 1,
  };
}

// A server in small: it ends when it is told to, and not before.
process.on("SIGTERM", () => {
  writeSync(1, "told to end");
  process.exit(0);
});
if (waitsForSignal) {
  setInterval(() => {}, 1000);
  const subject = await prepare(2);
  const runs = setInterval(() => {
    try {
      subject.run();
    } catch {
      clearInterval(runs);
    }
  });
} else {
  process.stdout.write(JSON.stringify(await play()));
  process.exit(0);
}
