/** What the backend asks of the host it runs on: threads, and how many are worth having. */
import { describeError } from "../../errors.ts";
import { quote } from "../../untrusted.ts";

/** A thread that messages can be sent to. */
export interface HostThread {
  post(message: unknown): void;
  /** Whether the thread keeps the process alive; it does not at first. */
  hold(alive: boolean): void;
  /** Whether the thread lives, at this moment and without events; undefined where nobody can tell. */
  isAlive(): boolean | undefined;
  /** Ends the thread wherever it is. */
  terminate(): void;
}

interface NodeThreads {
  Worker: new (
    source: string,
    options: { eval: true; execArgv: string[]; workerData: unknown; transferList: unknown[] },
  ) => {
    postMessage(message: unknown): void;
    on(event: "message" | "error" | "exit", listener: (value: unknown) => void): void;
    ref(): void;
    unref(): void;
    terminate(): void;
  };
  MessageChannel: new () => { port1: { postMessage(message: unknown): unknown }; port2: unknown };
}

/** The parts of Node's `process` that are used, if this is Node. */
interface NodeProcess {
  getBuiltinModule?(name: string): unknown;
}

/** One of Node's own modules; found at run time, so that browser bundles never see it. */
export function nodeModule<T>(name: string): T | undefined {
  const { process } = globalThis as { process?: NodeProcess };
  return process?.getBuiltinModule?.(name) as T | undefined;
}

/** Why threads cannot be had here; undefined where they can. */
export function threadObstacle(): string | undefined {
  if (typeof SharedArrayBuffer === "undefined")
    return "no shared memory without cross-origin isolation";
  if (nodeModule("node:worker_threads") !== undefined) return undefined;
  if (typeof Worker === "undefined" || typeof Blob === "undefined") return "no workers here";
  if (globalThis.crossOriginIsolated !== true) return "the page is not cross-origin isolated";
  return undefined;
}

/** Whether a thread that may not run here tells so by an event alone. */
export function startsUnseen(): boolean {
  return nodeModule("node:worker_threads") === undefined;
}

/** What a thread tells its owner. */
export interface ThreadEvents {
  readonly onMessage: (message: unknown) => void;
  /** The thread ended; it will answer nothing any more. May be called more than once. */
  readonly onLost: (reason: string) => void;
}

/** Starts a thread that runs `source` and does not keep the process alive. */
export function startThread(source: string, events: ThreadEvents): HostThread {
  const node = nodeModule<NodeThreads>("node:worker_threads");
  return node === undefined
    ? startWebWorker(source, events)
    : startNodeThread(node, source, events);
}

function startNodeThread(
  { Worker, MessageChannel }: NodeThreads,
  source: string,
  { onMessage, onLost }: ThreadEvents,
): HostThread {
  // The other end closes with the thread, whatever ends it. Sending then returns false at once, where
  // events would have to wait for the event loop.
  const { port1: line, port2 } = new MessageChannel();
  const worker = new Worker(source, {
    eval: true,
    execArgv: [],
    workerData: port2,
    transferList: [port2],
  });
  let reason: string | undefined;
  worker.on("message", onMessage);
  // Without a listener a failing helper would end the whole process. Its end follows.
  worker.on("error", (error) => {
    reason = describeError(error);
  });
  worker.on("exit", (code) => onLost(reason ?? `exit code ${quote(code)}`));
  worker.unref();
  return {
    post: (message) => worker.postMessage(message),
    hold: (alive) => (alive ? worker.ref() : worker.unref()),
    isAlive: () => {
      const sent = line.postMessage(0);
      return typeof sent === "boolean" ? sent : undefined;
    },
    terminate: () => worker.terminate(),
  };
}

function startWebWorker(source: string, { onMessage, onLost }: ThreadEvents): HostThread {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(url);
  const end = (reason: string): void => {
    worker.terminate();
    onLost(reason);
  };
  worker.onmessage = ({ data }) => onMessage(data);
  worker.onmessageerror = () => end("a message could not be read");
  worker.onerror = (event) => {
    event.preventDefault();
    end(event.message || "its script could not be run (does the policy allow worker-src blob:?)");
  };
  return {
    post: (message) => worker.postMessage(message),
    hold: () => undefined,
    isAlive: () => undefined,
    terminate: () => end("it did not answer"),
  };
}

/** How many threads can run at the same time. */
export function availableThreads(): number {
  const os = nodeModule<{ availableParallelism(): number }>("node:os");
  return os?.availableParallelism() ?? globalThis.navigator?.hardwareConcurrency ?? 1;
}

/** Whether this thread may sleep: all but a page's own. */
export function mayBlock(): boolean {
  return typeof document === "undefined";
}
