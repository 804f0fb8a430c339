/**
 * The pictures of a request's body: the body itself, or the files of a form. Bytes are counted as they
 * come, against the request's limit and against what all requests together may hold.
 */
import { describeError, MobileNetError } from "../errors.ts";
import { joinBytes } from "../join-bytes.ts";
import { badBody, isForm, type PostedPicture, readForm } from "./form.ts";
import { RefusedRequest } from "./refusals.ts";

/** What a body may be. */
export interface BodyLimits {
  readonly maxBytes: number;
  readonly maxPictures: number;
  /** Fires at the request's deadline, and where the client leaves. */
  readonly signal: AbortSignal;
  readonly share: ByteShare;
}

/** The bytes that all requests together hold. */
export class ByteBudgetOfRequests {
  readonly #most: number;
  #held = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** A request's part, to be given back. */
  open(): ByteShare {
    let own = 0;
    return {
      take: (bytes) => {
        if (this.#held + bytes > this.#most) {
          throw new RefusedRequest("busy", "the server holds as many bytes as it takes on", {
            remedy: "Ask again later.",
            headers: { "Retry-After": "1" },
          });
        }
        this.#held += bytes;
        own += bytes;
      },
      release: () => {
        this.#held -= own;
        own = 0;
      },
    };
  }

  get held(): number {
    return this.#held;
  }
}

/** A request's part of them. */
export interface ByteShare {
  /** @throws RefusedRequest `busy`. */
  take(bytes: number): void;
  release(): void;
}

/** The name of a picture that is a request's whole body. */
const bodyName = "body";

/**
 * Reads a request's pictures.
 *
 * @throws RefusedRequest `too-large`, `slow-body`, `busy` or what the signal's reason is; MobileNetError
 *   `invalid-argument` for a body that is no form of pictures.
 */
export async function readPictures(
  request: Request,
  limits: BodyLimits,
): Promise<readonly PostedPicture[]> {
  const bytes = await readBody(request, limits);
  if (isForm(request.headers)) {
    limits.share.take(bytes.length);
    return await readForm(request.headers, bytes, limits.maxPictures);
  }
  if (bytes.length === 0) throw badBody("a picture in the body", "nothing");
  return [{ name: bodyName, bytes }];
}

async function readBody(
  request: Request,
  { maxBytes, signal, share }: BodyLimits,
): Promise<Uint8Array<ArrayBuffer>> {
  const stated = request.headers.get("Content-Length");
  if (stated !== null && !(Number(stated) <= maxBytes)) throw tooLarge(maxBytes, stated);
  const { body } = request;
  if (body === null) return new Uint8Array(0);
  const reader = body.getReader();
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await untilAborted(reader.read(), signal);
      if (done) break;
      length += value.length;
      if (length > maxBytes) throw tooLarge(maxBytes, "more");
      share.take(value.length);
      pieces.push(value);
    }
  } catch (error) {
    // What is not read any more is not waited for either.
    reader.cancel().catch(() => undefined);
    if (signal.aborted) throw signal.reason;
    if (error instanceof MobileNetError) throw error;
    throw new RefusedRequest("client-gone", `the body broke off: ${describeError(error)}`);
  }
  return joinBytes(pieces) as Uint8Array<ArrayBuffer>;
}

function tooLarge(most: number, received: string): RefusedRequest {
  return new RefusedRequest(
    "too-large",
    `the body is too large: expected at most ${most} bytes, received ${received}`,
    { headers: { Connection: "close" } },
  );
}

/** What a promise gives, unless the signal fires first. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    if (signal.aborted) {
      stop();
      promise.catch(() => undefined);
      return;
    }
    signal.addEventListener("abort", stop);
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
