/** The script of a worker thread in Node that runs one model. */
import { parentPort } from "node:worker_threads";
import { decode } from "../decode-node.ts";
import type { Request } from "./messages.ts";
import { serve } from "./serve.ts";

if (parentPort !== null) {
  const port = parentPort;
  const take = serve(decode, (answer, transfer) => port.postMessage(answer, transfer));
  port.on("message", (request: Request) => void take(request));
  // Whoever waits for an answer to it is told that the worker ended.
  port.on("messageerror", (error) => {
    throw error;
  });
  port.postMessage({ kind: "ready" });
}
