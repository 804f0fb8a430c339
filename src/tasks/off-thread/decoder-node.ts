/** Node's decoder in a thread of its own, for programs whose first work is to load a model. */
import { availableParallelism } from "node:os";
import { decode } from "../decode-node.ts";
import type { ImageInput } from "../platform.ts";
import { workerHost } from "./host-node.ts";
import { decodeRemotely, type RemoteDecoder } from "./remote-decoder.ts";

/** Starts a thread that decodes, where there is a core for it. */
export function startDecoder(): RemoteDecoder<ImageInput> {
  if (availableParallelism() < 2) return { decode, [Symbol.dispose]: () => undefined };
  const script = new URL("./decoder-worker-node.js", import.meta.url);
  return decodeRemotely(workerHost, decode, script);
}
