/** Joins the script of a worker thread in Node to the thread that started it. */
import { parentPort } from "node:worker_threads";
import type { Post } from "./answer-requests.ts";

/** Says that the script runs, and answers what comes. */
export function servePort<Message>(
  begin: (post: Post) => (message: Message) => Promise<void>,
): void {
  if (parentPort === null) return;
  const port = parentPort;
  const take = begin((answer, transfer) => port.postMessage(answer, transfer));
  port.on("message", (message: Message) => void take(message));
  // Whoever waits for an answer to it is told that the worker ended.
  port.on("messageerror", (error) => {
    throw error;
  });
  port.postMessage({ kind: "ready" });
}
