/** The script of a worker thread in Node that decodes; it loads no more than that takes. */
import { parentPort } from "node:worker_threads";
import { decode } from "../decode-node.ts";
import type { DecoderRequest } from "./messages.ts";
import { serveDecoder } from "./serve-decoder.ts";

if (parentPort !== null) {
  const port = parentPort;
  const take = serveDecoder(decode, (answer, transfer) => port.postMessage(answer, transfer));
  port.on("message", (request: DecoderRequest) => void take(request));
  // Whoever waits for an answer to it is told that the worker ended.
  port.on("messageerror", (error) => {
    throw error;
  });
  port.postMessage({ kind: "ready" });
  // Takes as long as Node itself to start; where it is missing, the first picture says so.
  import("sharp").catch(() => undefined);
}
