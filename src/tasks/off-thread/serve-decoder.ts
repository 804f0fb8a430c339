/** The side of a worker that only decodes, for a model on another thread. */
import type { Decode } from "../platform.ts";
import { answerRequests, type Post } from "./answer-requests.ts";
import { buffersOf, type DecoderRequest } from "./messages.ts";

/** Answers with pixels; gives what takes the calling thread's messages. */
export function serveDecoder<Input>(
  decode: Decode<Input>,
  post: Post,
): (request: DecoderRequest) => Promise<void> {
  return answerRequests<DecoderRequest>(post, async ({ input, request }, signal) => {
    const value = await decode(input as Input, { ...request, signal });
    return { value, transfer: buffersOf(value) };
  });
}
