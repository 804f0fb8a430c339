/** The side of a worker that only decodes, for a model on another thread. */
import type { Decode } from "../platform.ts";
import { type Answer, buffersOf, type DecoderRequest, errorParts } from "./messages.ts";

/** Answers with pixels; gives what takes the calling thread's messages. */
export function serveDecoder<Input>(
  decode: Decode<Input>,
  post: (answer: Answer, transfer?: ArrayBuffer[]) => void,
): (request: DecoderRequest) => Promise<void> {
  const calls = new Map<number, AbortController>();
  return async (message) => {
    const { id } = message;
    if (message.kind === "cancel") {
      calls.get(id)?.abort();
      return;
    }
    const controller = new AbortController();
    calls.set(id, controller);
    try {
      const { signal } = controller;
      const value = await decode(message.input as Input, { ...message.request, signal });
      post({ kind: "done", id, value }, buffersOf(value));
    } catch (error) {
      post({ kind: "failed", id, error: errorParts(error) });
    } finally {
      calls.delete(id);
    }
  };
}
