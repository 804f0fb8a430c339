/**
 * Which backend runs a network. WebAssembly is meant; where a page's content security policy or an
 * old engine forbids it, the scalar backend answers instead, and says that it will be slow. What another
 * library lacks operations for runs on WebAssembly, with a warning, too.
 */

import type { Backend, Executable, LoadedGraph, PrepareOptions } from "../backends/backend.ts";
import { createOnnxruntimeBackend } from "../backends/onnxruntime/onnxruntime.ts";
import { referenceBackend } from "../backends/reference/reference.ts";
import { loadOnWasm } from "../backends/wasm/load.ts";
import { compile } from "../compile/compile.ts";
import { describeError, MobileNetError } from "../errors.ts";
import type { Graph } from "../graph/ir.ts";
import type { Shape } from "../tensor.ts";
import { badValue } from "../wrong-argument.ts";
import { type BackendName, backendNames, type NamedBackend } from "./backend-names.ts";

/** A backend, or the name of one. */
export type BackendChoice = Backend | BackendName;

/** Options for making a network ready. */
export interface BackendOptions {
  /** Default: `auto`. */
  readonly backend?: BackendChoice | undefined;
  /** How many threads work on one image; `auto` for as many as the machine makes use of. Default 1. */
  readonly threads?: number | "auto" | undefined;
  /** Told once where another backend stands in than was meant. Default: `console.warn`. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** A network made ready, and the shapes of what it gives. */
export interface PreparedGraph {
  readonly executable: Executable;
  readonly outputShapes: readonly Shape[];
}

/** The smallest module there is: magic number and version. */
const emptyModule = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

/**
 * Compiles a graph for the chosen backend and prepares it.
 *
 * @throws MobileNetError `invalid-argument` for an unknown backend or number of threads; whatever
 * compiling and preparing throw.
 */
export async function prepareGraph(
  graph: Graph,
  options: BackendOptions = {},
): Promise<PreparedGraph> {
  const { backend = "auto", threads = 1, onWarning } = options;
  const warn = onWarning ?? ((message: string) => console.warn(message));
  const prepare = async ({ load }: Row): Promise<PreparedGraph> => {
    const { program, executable } = await load(graph, { threads, ...(onWarning && { onWarning }) });
    return { executable, outputShapes: program.outputs.map(({ shape }) => shape) };
  };
  const chosen = backend === "auto" ? named.wasm : rowOf(backend);
  const obstacle = backend === "auto" ? webAssemblyObstacle() : undefined;
  if (obstacle !== undefined) return standIn(obstacle);
  try {
    return await prepare(chosen);
  } catch (error) {
    const isLacking = error instanceof MobileNetError && error.code === "unsupported";
    if (!isLacking || (backend !== "auto" && !chosen.replaceable)) throw error;
    return standIn(error.message);
  }

  function standIn(reason: string): Promise<PreparedGraph> {
    if (backend !== "auto") {
      warn(`the network runs on the library's own backend (${reason})`);
      return prepareGraph(graph, { ...options, backend: "auto" });
    }
    warn(`WebAssembly cannot be used (${reason}); the reference backend is many times slower`);
    return prepare(named.reference);
  }
}

/** Why a WebAssembly module cannot be compiled here; undefined where one can. */
function webAssemblyObstacle(): string | undefined {
  if (typeof WebAssembly === "undefined") return "this engine has none";
  try {
    new WebAssembly.Module(emptyModule);
    return undefined;
  } catch (error) {
    return describeError(error);
  }
}

/** How a backend makes graphs ready. */
interface Row extends Pick<Backend, "replaceable"> {
  readonly load: (graph: Graph, options: PrepareOptions) => Promise<LoadedGraph>;
}

/** The backends that have names. */
const named: Readonly<Record<NamedBackend, Row>> = {
  wasm: { load: loadOnWasm },
  onnxruntime: /* @__PURE__ */ rowFor(/* @__PURE__ */ createOnnxruntimeBackend()),
  reference: /* @__PURE__ */ rowFor(referenceBackend),
};

function rowOf(choice: Exclude<BackendChoice, "auto">): Row {
  if (typeof choice === "string" && Object.hasOwn(named, choice)) return named[choice];
  if (typeof choice === "object" && choice !== null && "prepare" in choice) return rowFor(choice);
  throw badValue("no such backend", `${backendNames} or a backend`, choice);
}

function rowFor(backend: Backend): Row {
  const load: Row["load"] = async (graph, options) => {
    const program = compile(graph, backend.target);
    return { program, executable: await backend.prepare(program, options) };
  };
  return { load, replaceable: backend.replaceable === true };
}
