/**
 * A stand-in for onnxruntime, which is too large to install for tests: the same interface, over the
 * definitions of ONNX's operators (test/onnx/run-model.ts), which know nothing of the library.
 */
import type {
  OnnxruntimeModule,
  OnnxruntimeSession,
} from "../../src/backends/onnxruntime/module.ts";
import { type OnnxTensor, readModel } from "../onnx/read-model.ts";
import { runModel } from "../onnx/run-model.ts";

/** What a stand-in is told to be. */
export interface StandInSettings {
  readonly package?: "node" | "web";
  readonly version?: string;
  /** Operators that it has no implementation of. */
  readonly lacks?: readonly string[];
  /** Providers that it cannot have. */
  readonly without?: readonly string[];
  /** Sums of 8-bit products come out smaller, unless they are asked for as they are. */
  readonly saturates?: boolean;
  /** What every run fails with. */
  readonly failsWith?: string;
  /** Threads that another session has settled. */
  readonly numThreads?: number;
}

interface SessionOptions {
  readonly intraOpNumThreads?: number;
  readonly executionProviders?: readonly (string | { readonly name: string })[];
  readonly extra?: { readonly session: { readonly x64quantprecision: string } };
}

/** A stand-in, with what was asked of it. */
export interface StandIn extends OnnxruntimeModule {
  readonly env: { readonly wasm: { numThreads?: number } };
  /** Options of each session, in order. */
  readonly asked: SessionOptions[];
  /** Sessions that were released, one by one. */
  readonly released: OnnxruntimeSession[];
}

class StandInTensor {
  readonly type: "float32" | "uint8";
  readonly data: ArrayLike<number>;
  readonly dims: readonly number[];

  constructor(type: "float32" | "uint8", data: ArrayLike<number>, dims: readonly number[]) {
    if (data.length !== dims.reduce((a, b) => a * b, 1)) throw new Error("data of another length");
    [this.type, this.data, this.dims] = [type, data, dims];
  }
}

/** Makes one. */
export function standIn(settings: StandInSettings = {}): StandIn {
  const { package: name = "node", version = "1.30.0", lacks = [], without = [] } = settings;
  const { numThreads } = settings;
  const asked: StandIn["asked"] = [];
  const released: OnnxruntimeSession[] = [];
  const create = async (file: Uint8Array, options: object = {}): Promise<OnnxruntimeSession> => {
    const asks: SessionOptions = options;
    asked.push(asks);
    const [provider] = asks.executionProviders ?? [];
    const isSmaller = settings.saturates && asks.extra?.session.x64quantprecision !== "1";
    const provides = typeof provider === "object" ? provider.name : provider;
    if (provides !== undefined && without.includes(provides)) throw new Error("no such backend");
    // The file is the caller's again once it is open.
    const own = file.slice();
    const { operators } = readModel(own);
    const lacking = operators.find(({ kind }) => lacks.includes(kind));
    if (lacking !== undefined) {
      throw new Error(`Could not find an implementation for ${lacking.kind}(13) node`);
    }
    let isOpen = true;
    const session: OnnxruntimeSession = {
      async run(feeds) {
        // As onnxruntime-node does.
        await new Promise((resolve) => setTimeout(resolve));
        if (!isOpen) throw new Error("Session already disposed.");
        if (settings.failsWith !== undefined) throw new Error(settings.failsWith);
        const inputs = Object.entries(feeds).map(([input, tensor]): [string, OnnxTensor] => {
          if (!(tensor instanceof StandInTensor)) throw new Error("no tensor");
          const { type, dims, data } = tensor;
          return [input, { element: type, dims, data }];
        });
        const outputs = [...runModel(own, new Map(inputs))].map(
          ([output, { element, dims, data }]) => {
            if (element === "uint8")
              return [
                output,
                new StandInTensor(
                  element,
                  Uint8Array.from(data, (value) => (isSmaller ? value >> 1 : value)),
                  dims,
                ),
              ];
            return [output, new StandInTensor("float32", Float32Array.from(data), dims)];
          },
        );
        return Object.fromEntries(outputs);
      },
      async release() {
        if (!isOpen) throw new Error("Session already disposed.");
        isOpen = false;
        released.push(session);
      },
    };
    return session;
  };
  const versions = { common: version, [name]: version };
  return {
    env: { versions, wasm: { ...(numThreads && { numThreads }) } } as StandIn["env"],
    // Classes there, and so functions.
    InferenceSession: Object.assign(() => undefined, { create }),
    Tensor: StandInTensor,
    asked,
    released,
  };
}
