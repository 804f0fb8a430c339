/** Node's decoder in a thread of its own, for programs whose first work is to load a model. */
import { availableParallelism } from "node:os";
import { decode, type ImageInput } from "../node.ts";
import { workerHost } from "./host-node.ts";
import { decodeRemotely, type RemoteDecoder } from "./remote-decoder.ts";

/** Starts a thread that decodes, where there is a core for it. */
export function startDecoder(): RemoteDecoder<ImageInput> {
  if (availableParallelism() > 1) return decodeRemotely(workerHost, decode);
  return { decode, [Symbol.dispose]: () => undefined };
}
