/** How a worker of any kind answers: under each request's number, with a signal that its cancellation fires. */
import { type Answer, errorParts } from "./messages.ts";

/** Sends to the calling thread. */
export type Post = (answer: Answer, transfer?: ArrayBuffer[]) => void;

/** What is asked of a worker. */
interface Numbered {
  readonly kind: string;
  readonly id: number;
}

/** What a request came to, and the memory in it that is given away. */
interface Answered {
  readonly value: unknown;
  readonly transfer?: ArrayBuffer[];
}

/** Gives what takes the calling thread's messages. */
export function answerRequests<Message extends Numbered>(
  post: Post,
  work: (
    request: Exclude<Message, { readonly kind: "cancel" }>,
    signal: AbortSignal,
  ) => Promise<Answered>,
): (message: Message) => Promise<void> {
  const underWay = new Map<number, AbortController>();
  return async (message) => {
    const { id } = message;
    if (message.kind === "cancel") {
      underWay.get(id)?.abort();
      return;
    }
    const controller = new AbortController();
    underWay.set(id, controller);
    try {
      const request = message as Exclude<Message, { readonly kind: "cancel" }>;
      const { value, transfer } = await work(request, controller.signal);
      post({ kind: "done", id, value }, transfer);
    } catch (error) {
      post({ kind: "failed", id, error: errorParts(error) });
    } finally {
      underWay.delete(id);
    }
  };
}
