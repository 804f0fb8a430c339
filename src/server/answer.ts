/** From a request to the items of its pictures: options, body, the pool, and a deadline over all of it. */
import { MobileNetError } from "../errors.ts";
import { type FailedItem, failedItem, pictureItem } from "../json/items.ts";
import type { ServedItems } from "../json/serve.ts";
import type { SegmentationJson } from "../tasks/results/segmentation-json.ts";
import type { Verb } from "../tasks/task-names.ts";
import { type ByteBudgetOfRequests, readPictures } from "./body.ts";
import type { Catalogue, ModelFacts } from "./catalogue.ts";
import { isForm } from "./form.ts";
import { onlyText, readOptions, readTimeout, splitQuery } from "./query-options.ts";
import { RefusedRequest } from "./refusals.ts";
import type { WorkerPool } from "./worker-pool.ts";

/** What a server takes. */
export interface RequestLimits {
  /** Of a body. */
  readonly maxBytes: number;
  /** Of a picture, looked at before it is decoded. */
  readonly maxPixels: number;
  /** Milliseconds that a request may last. */
  readonly timeout: number;
}

/** What answers requests. */
export interface Answering {
  readonly pool: Pick<WorkerPool, "submit" | "requireRoom" | "capacity">;
  readonly catalogue: Catalogue;
  readonly limits: RequestLimits;
  readonly budget: ByteBudgetOfRequests;
  /** Told what the log has of a request, as it becomes known. */
  readonly note: (facts: { readonly model?: string; readonly pictures?: number }) => void;
}

/** Pictures of one request, however long the queue: a form is taken apart in one go. */
const mostPictures = 256;

/** An item of the answer. */
export type AnswerItem = ServedItems[Verb] | FailedItem;

/**
 * Answers a request about pictures.
 *
 * @throws MobileNetError for a wrong query, body or picture; RefusedRequest where it cannot be answered.
 */
export async function answerPictures(
  verb: Verb,
  request: Request,
  { pool, catalogue, limits, budget, note }: Answering,
): Promise<readonly AnswerItem[]> {
  const texts = splitQuery(verb, new URL(request.url).searchParams);
  const model = catalogue.find(verb, onlyText(texts.get("model"), "model"));
  note({ model: model.name });
  const options = readOptions(verb, texts, model.model.labels);
  const given = texts.get("timeout");
  const timeout = given === undefined ? limits.timeout : readTimeout(given, limits.timeout);
  // A body that would be of no use is not read.
  pool.requireRoom(1);
  const share = budget.open();
  const deadline = openDeadline(timeout, request.signal);
  const { signal } = deadline;
  try {
    const { maxBytes, maxPixels } = limits;
    const maxPictures = Math.min(pool.capacity, mostPictures);
    const pictures = await readPictures(request, { maxBytes, maxPictures, signal, share });
    deadline.bodyRead();
    note({ pictures: pictures.length });
    const jobs = pictures.map(({ bytes }) => ({
      ...{ verb, model: model.name, input: bytes, signal },
      options: { ...options, maxPixels },
    }));
    const facts = catalogue.facts(verb, model);
    const form = isForm(request.headers);
    const answers = pool.submit(jobs).map((answer, index) => {
      const { name } = pictures[index]!;
      return answer.then(
        (result) => itemOf(verb, result, { image: name, facts }),
        (error: unknown) => {
          const ofPicture = error instanceof MobileNetError && error.code === "invalid-image";
          if (!form || !ofPicture) throw error;
          return failedItem(verb, name, error.message);
        },
      );
    });
    return await Promise.all(answers);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    // Of a request that fails, the other pictures are not looked at any more.
    deadline.end();
    share.release();
  }
}

function itemOf<V extends Verb>(
  verb: V,
  result: unknown,
  { image, facts }: { readonly image: string; readonly facts: ModelFacts<V> },
): AnswerItem {
  const item = pictureItem<Verb>(verb, result as never, { image, model: facts });
  // Of segments, what the library's JSON has besides: each class's pixels, and maps that were asked for.
  return (verb === "segment" ? { ...item, ...(result as SegmentationJson) } : item) as AnswerItem;
}

interface Deadline {
  /** Its reason is a RefusedRequest. */
  readonly signal: AbortSignal;
  /** The server is what is late from here on. */
  bodyRead(): void;
  /** Fires, where it has not. */
  end(): void;
}

/** Fires after so many milliseconds, and where the client leaves. */
function openDeadline(milliseconds: number, client: AbortSignal): Deadline {
  const controller = new AbortController();
  let read = false;
  const late = (): void =>
    controller.abort(
      read
        ? new RefusedRequest("deadline", `there was no answer within ${milliseconds} ms`)
        : new RefusedRequest("slow-body", `the body did not come within ${milliseconds} ms`, {
            headers: { Connection: "close" },
          }),
    );
  const left = (): void =>
    controller.abort(new RefusedRequest("client-gone", "the client has left"));
  const timer = setTimeout(late, milliseconds);
  if (client.aborted) left();
  client.addEventListener("abort", left);
  return {
    signal: controller.signal,
    bodyRead: () => {
      read = true;
    },
    end() {
      clearTimeout(timer);
      client.removeEventListener("abort", left);
      left();
    },
  };
}
