/**
 * The worker's side: loads the models that it is sent and answers calls of their verbs. It has the
 * library's own loaders, so that a picture goes the same way as on the calling thread: decoded,
 * preprocessed, run and postprocessed here.
 */
import { createOnnxruntimeBackend } from "../../backends/onnxruntime/onnxruntime.ts";
import { adoptTurbo } from "../../backends/wasm/turbo.ts";
import { MobileNetError } from "../../errors.ts";
import { fieldsOf } from "../../wrong-argument.ts";
import { loaderOptionNames } from "../known-options.ts";
import { type LoaderOptions, loaderFor } from "../loaders.ts";
import type { CallOptions, Decode, Platform } from "../platform.ts";
import { answerRequests, type Post } from "./answer-requests.ts";
import { buffersOf, type RemoteParts, type Request } from "./messages.ts";

type Verb = (input: unknown, options: CallOptions) => Promise<unknown>;

/** Answers what a calling thread asks for; gives what takes its messages. */
export function serve<Input>(
  decode: Decode<Input>,
  post: Post,
): (request: Request) => Promise<void> {
  const platform: Platform<Input, never, LoaderOptions> = {
    decode,
    resolveModel: async () => {
      throw new MobileNetError("internal", "a worker is sent models and finds none");
    },
    optionNames: loaderOptionNames,
  };
  const models = new Map<string, ReadonlyMap<string, Verb>>();

  const load = async (request: Extract<Request, { kind: "load" }>): Promise<RemoteParts> => {
    const { turbo, backend, ...options } = request.options;
    if (turbo) await adoptTurbo();
    const onWarning = (message: string): void => post({ kind: "warning", message });
    const model = await loaderFor(platform, request.verb)(request.model, {
      ...options,
      backend: typeof backend === "string" ? backend : createOnnxruntimeBackend(backend),
      onWarning,
    });
    const { description, dispose, ...parts } = model;
    const entries = Object.entries(parts);
    const verbs = new Map(entries.filter((entry): entry is [string, Verb] => isFunction(entry[1])));
    models.set(request.as, verbs);
    const values = entries.filter(([, value]) => !isFunction(value));
    return { description, values: Object.fromEntries(values), verbs: [...verbs.keys()] };
  };

  const call = async (request: Extract<Request, { kind: "call" }>, signal: AbortSignal) => {
    const { of, verb, input, options, json = false } = request;
    try {
      const result = await models.get(of)?.get(verb)?.(input, { ...options, signal });
      return json ? plainForm(result) : result;
    } finally {
      // A bitmap or a frame is this thread's own and held until it is closed.
      const held = input as Partial<ImageBitmap> | null | undefined;
      if (typeof held?.close === "function") held.close();
    }
  };

  return answerRequests<Request>(post, async (request, signal) => {
    if (request.kind === "load") return { value: await load(request) };
    const value = await call(request, signal);
    return { value, transfer: buffersOf(value) };
  });
}

/** What `JSON.stringify` would write. */
function plainForm(result: unknown): unknown {
  const { toJSON } = fieldsOf(result);
  return typeof toJSON === "function" ? Reflect.apply(toJSON, result, []) : result;
}

function isFunction(value: unknown): boolean {
  return typeof value === "function";
}
