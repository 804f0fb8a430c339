/**
 * As much of onnxruntime's interface as is used, which its packages for Node and for the web share; who
 * installs neither needs no types of theirs.
 */
import { MobileNetError } from "../../errors.ts";
import { quote } from "../../untrusted.ts";
import { fieldsOf, wrongArgument } from "../../wrong-argument.ts";

/** onnxruntime as it is imported: `import * as ort from "onnxruntime-web"`. */
export interface OnnxruntimeModule {
  readonly env: {
    /** `numThreads` of the first session counts; 0 or absent until there is one. */
    readonly wasm?: { numThreads?: number | undefined };
  };
  readonly InferenceSession: {
    create(file: Uint8Array, options?: object): Promise<OnnxruntimeSession>;
  };
  readonly Tensor: {
    new (type: "float32", data: Float32Array, dims: readonly number[]): object;
    new (type: "uint8", data: Uint8Array, dims: readonly number[]): object;
  };
}

/** A network in onnxruntime: takes tensors by the names of its inputs, gives them by those of its outputs. */
export interface OnnxruntimeSession {
  run(feeds: object): Promise<object>;
  release(): Promise<void>;
}

/** A module that can be used, and what it is. */
export interface FoundModule {
  readonly module: OnnxruntimeModule;
  readonly package: "onnxruntime-node" | "onnxruntime-web";
  readonly version: string;
}

/** The versions that have this interface, as package.json says them. */
export const onnxruntimeRange = ">=1.17.0 <2";

/**
 * Checks what was imported: the module, or a namespace that has it as its default.
 *
 * @throws MobileNetError `missing-dependency` where its version is another, `invalid-argument` where it
 *   is no onnxruntime.
 */
export function checkModule(imported: unknown): FoundModule {
  const isModule = (value: unknown): value is OnnxruntimeModule => {
    const { InferenceSession, Tensor, env } = fieldsOf(value);
    return [InferenceSession, Tensor].every((part) => typeof part === "function") && !!env;
  };
  const module = [imported, fieldsOf(imported)["default"]].find(isModule);
  if (module === undefined) {
    throw wrongArgument("the onnxruntime backend", "the module onnxruntime-web or -node", imported);
  }
  const versions = fieldsOf(fieldsOf(module.env)["versions"]);
  const isNode = versions["node"] !== undefined;
  const version = isNode ? versions["node"] : versions["web"];
  const name = isNode ? "onnxruntime-node" : "onnxruntime-web";
  if (typeof version !== "string" || !isInRange(version)) {
    throw new MobileNetError("missing-dependency", `another version of ${name} is needed`, {
      expected: onnxruntimeRange,
      received: quote(version),
      remedy: installing(name),
    });
  }
  return { module, package: name, version };
}

/** How one gets a package in a version that can be used. */
export function installing(name: FoundModule["package"]): string {
  return `Install it with: npm install ${name}@1`;
}

function isInRange(version: string): boolean {
  const [, major, minor] = /^(\d+)\.(\d+)\./.exec(version) ?? [];
  return Number(major) === 1 && Number(minor) >= 17;
}
