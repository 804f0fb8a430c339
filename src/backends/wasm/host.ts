/** What the backend asks of the host it runs on: threads, and how many are worth having. */

/** A thread that messages can be sent to. */
export interface HostThread {
  post(message: unknown): void;
  /** Whether the thread keeps the process alive; it does not at first. */
  hold(alive: boolean): void;
}

interface NodeThreads {
  Worker: new (
    source: string,
    options: { eval: true; execArgv: string[] },
  ) => {
    postMessage(message: unknown): void;
    on(event: "message" | "error" | "exit", listener: (value: unknown) => void): void;
    ref(): void;
    unref(): void;
  };
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

/** What a thread tells its owner. */
export interface ThreadEvents {
  readonly onMessage: (message: unknown) => void;
  /** The thread failed or ended; it will answer nothing any more. May be called more than once. */
  readonly onLost: () => void;
}

/** Starts a thread that runs `source` and does not keep the process alive. */
export function startThread(source: string, { onMessage, onLost }: ThreadEvents): HostThread {
  const node = nodeModule<NodeThreads>("node:worker_threads");
  if (node !== undefined) {
    const worker = new node.Worker(source, { eval: true, execArgv: [] });
    worker.on("message", onMessage);
    // Without a listener a failing helper would end the whole process.
    worker.on("error", onLost);
    worker.on("exit", onLost);
    worker.unref();
    return {
      post: (message) => worker.postMessage(message),
      hold: (alive) => (alive ? worker.ref() : worker.unref()),
    };
  }
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(url);
  worker.onmessage = ({ data }) => onMessage(data);
  worker.onmessageerror = onLost;
  worker.onerror = (event) => {
    event.preventDefault();
    onLost();
  };
  return { post: (message) => worker.postMessage(message), hold: () => undefined };
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
