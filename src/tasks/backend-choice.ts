/**
 * Which backend runs a network. WebAssembly is meant; where a page's content security policy or an
 * old engine forbids it, the scalar backend answers instead, and says that it will be slow.
 */

import type { Backend, Executable, LoadedGraph, PrepareOptions } from "../backends/backend.ts";
import { referenceBackend } from "../backends/reference/reference.ts";
import { loadOnWasm } from "../backends/wasm/load.ts";
import { compile } from "../compile/compile.ts";
import { describeError, MobileNetError } from "../errors.ts";
import type { Graph } from "../graph/ir.ts";
import type { Shape } from "../tensor.ts";
import { badValue } from "../wrong-argument.ts";
import { type BackendName, backendNames } from "./backend-names.ts";

/** A backend, or the name of one. */
export type BackendChoice = Backend | BackendName;

/** Options for making a network ready. */
export interface BackendOptions {
  /** Default: `auto`. */
  readonly backend?: BackendChoice | undefined;
  /** How many threads work on one image; `auto` for as many as the machine makes use of. Default 1. */
  readonly threads?: number | "auto" | undefined;
  /** Told once where the slow backend stands in. Default: `console.warn`. */
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
  const { threads = 1 } = options;
  const choice = options.backend ?? "auto";
  const prepare = async (load: Loader): Promise<PreparedGraph> => {
    const { program, executable } = await load(graph, { threads });
    return { executable, outputShapes: program.outputs.map(({ shape }) => shape) };
  };
  if (choice !== "auto") return prepare(loaderOf(choice));
  const obstacle = webAssemblyObstacle();
  if (obstacle === undefined) {
    try {
      return await prepare(loadOnWasm);
    } catch (error) {
      if (!(error instanceof MobileNetError && error.code === "unsupported")) throw error;
      return standIn(error.message);
    }
  }
  return standIn(obstacle);

  async function standIn(reason: string): Promise<PreparedGraph> {
    const warn = options.onWarning ?? ((message: string) => console.warn(message));
    warn(`WebAssembly cannot be used (${reason}); the reference backend is many times slower`);
    return prepare(loaderOf("reference"));
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

type Loader = typeof loadOnWasm;

/** The backends that have names. */
const named: Readonly<Record<Exclude<BackendName, "auto">, Loader>> = {
  wasm: loadOnWasm,
  reference: (graph, options) => loadOn(referenceBackend, graph, options),
};

function loaderOf(choice: Exclude<BackendChoice, "auto">): Loader {
  if (typeof choice === "string" && Object.hasOwn(named, choice)) return named[choice];
  if (typeof choice === "object" && choice !== null && "prepare" in choice) {
    return (graph, options) => loadOn(choice, graph, options);
  }
  throw badValue("no such backend", `${backendNames} or a backend`, choice);
}

async function loadOn(
  backend: Backend,
  graph: Graph,
  options: PrepareOptions | undefined,
): Promise<LoadedGraph> {
  const program = compile(graph, backend.target);
  return { program, executable: await backend.prepare(program, options) };
}
