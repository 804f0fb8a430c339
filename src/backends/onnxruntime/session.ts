/** A session of onnxruntime over a network's file: which provider runs it, and on how many threads. */
import { describeError, MobileNetError } from "../../errors.ts";
import { threadObstacle } from "../wasm/host.ts";
import { describeEngine, type Team } from "../wasm/instance.ts";
import type { FoundModule, OnnxruntimeModule, OnnxruntimeSession } from "./module.ts";
import type { ExecutionProvider } from "./settings.ts";

/** A session that is ready, and how it runs, for reports. */
export interface OpenedSession {
  readonly session: OnnxruntimeSession;
  readonly description: string;
}

/**
 * Opens a file with the first provider that can.
 *
 * @param warn - Told of each provider before it, and why it cannot.
 * @throws MobileNetError `unsupported` where none can, `memory`.
 */
export async function openRuntimeSession(
  { module, package: name, version }: FoundModule,
  file: Uint8Array,
  {
    providers = [name === "onnxruntime-node" ? "cpu" : "wasm"],
    threads,
    exact,
    warn,
  }: {
    readonly providers: readonly ExecutionProvider[] | undefined;
    readonly threads: number;
    /** Whether sums of 8-bit products have to be kept from saturating. */
    readonly exact: boolean;
    readonly warn: (message: string) => void;
  },
): Promise<OpenedSession> {
  const team = name === "onnxruntime-node" ? { threads } : settleThreads(module.env, threads);
  const failures: string[] = [];
  for (const provider of providers) {
    const used = typeof provider === "string" ? provider : provider.name;
    try {
      const session = await module.InferenceSession.create(file, {
        // Alone: of several, onnxruntime passes over those that it cannot have, and tells nobody.
        executionProviders: [provider],
        intraOpNumThreads: team.threads,
        interOpNumThreads: 1,
        graphOptimizationLevel: "all",
        // Errors, which are thrown: its warnings are for those who write files.
        logSeverityLevel: 3,
        ...(exact && { extra: { session: { x64quantprecision: "1" } } }),
      });
      for (const failure of failures) warn(`${failure}; ${used} is used`);
      return { session, description: describeEngine(`${name} ${version} ${used}`, team) };
    } catch (error) {
      const failure = runtimeError("unsupported", `onnxruntime cannot use ${used}`, error);
      if (failure.code === "memory") throw failure;
      failures.push(failure.message);
    }
  }
  throw new MobileNetError("unsupported", failures.join("; "));
}

/** An error of onnxruntime's as the library's own: `memory` where that is what it wants. */
export function runtimeError(
  code: "unsupported" | "internal",
  summary: string,
  cause: unknown,
): MobileNetError {
  const received = describeError(cause);
  if (!/bad.?alloc|out of memory|failed to allocate/i.test(received)) {
    return new MobileNetError(code, summary, { received, cause });
  }
  return new MobileNetError("memory", "onnxruntime has no memory for the network", {
    received,
    remedy: "Use a smaller resolution or batch, or dispose of models that are no longer needed.",
    cause,
  });
}

/** The threads of onnxruntime-web: those that the first session of a page or worker wants, all have. */
function settleThreads({ wasm = {} }: OnnxruntimeModule["env"], wanted: number): Team {
  const obstacle = wanted === 1 ? undefined : threadObstacle();
  const threads = obstacle === undefined ? wanted : 1;
  wasm.numThreads ||= threads;
  if (wasm.numThreads === threads) return { threads, ...(obstacle && { obstacle }) };
  return { threads: wasm.numThreads, obstacle: "settled before" };
}
