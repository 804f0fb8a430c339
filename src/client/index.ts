/**
 * The entry `mobilenetv2/client`: asks a server that `mobilenetv2 serve` has started, from pages and from
 * Node. It needs nothing but `fetch`. What the server cannot take on now is asked again when it says so.
 */
import { type ErrorCode, MobileNetError } from "../errors.ts";
import type {
  ClassifiedPicture,
  DetectedPicture,
  EmbeddedPicture,
  FailedPicture,
} from "../json/pictures.ts";
import type { ServedModel, ServedSegmentation } from "../json/serve.ts";
import { checkOptions, type OptionNames } from "../option-names.ts";
import { pause } from "../pause.ts";
import { quote } from "../untrusted.ts";
import { badValue, fieldsOf, wrongArgument } from "../wrong-argument.ts";

export type { ErrorCode, ErrorDetails, ErrorJson } from "../errors.ts";
export type { ServedModel, ServedSegmentation } from "../json/serve.ts";
export { MobileNetError };

/** The host's `fetch`, or what does the same. */
export type FetchFunction = typeof globalThis extends { readonly fetch: infer F }
  ? F
  : (address: string, init: object) => Promise<{ readonly ok: boolean; readonly status: number }>;

/** How a server is asked. */
export interface ClientOptions {
  /** The server's `MOBILENETV2_API_KEY`, where it has one. */
  readonly apiKey?: string | undefined;
  /** Instead of the host's own `fetch`. */
  readonly fetch?: FetchFunction | undefined;
  /** Milliseconds that a call may last, other attempts included. Default: as long as it takes. */
  readonly timeout?: number | undefined;
  /** How often a call is asked again that the server had no room for, from 0. Default: 3. */
  readonly retries?: number | undefined;
}

/** What every call may be given. */
export interface ClientCallOptions {
  /** A served model, by name. Default: the server's first that can. */
  readonly model?: string | undefined;
  /** Cancels the call, on the server too. */
  readonly signal?: AbortSignal | undefined;
}

/** The options of pictures. */
export interface AskedOptions extends ClientCallOptions {
  /** Whether large pictures are decoded whole. Default: `scaled`. */
  readonly decode?: "scaled" | "full" | undefined;
  /** The part of the picture to look at, in its pixels. */
  readonly region?:
    | { readonly x: number; readonly y: number; readonly width: number; readonly height: number }
    | undefined;
}

/** Tiles that are looked at besides the whole picture, as in the library. */
export type AskedTiles = "auto" | number | { readonly columns: number; readonly rows: number };

/** What `classify` may be given. */
export interface ClientClassifyOptions extends AskedOptions {
  readonly topK?: number | undefined;
}

/** What `detect` may be given. */
export interface ClientDetectOptions extends AskedOptions {
  readonly scoreThreshold?: number | undefined;
  readonly iouThreshold?: number | undefined;
  readonly maxDetections?: number | undefined;
  readonly classes?: readonly (string | number)[] | undefined;
  readonly classAgnostic?: boolean | undefined;
  readonly tiles?: AskedTiles | undefined;
}

/** What `segment` may be given. */
export interface ClientSegmentOptions extends AskedOptions {
  readonly scoreMap?: boolean | undefined;
  readonly mapSize?: "picture" | "network" | undefined;
  readonly tiles?: AskedTiles | undefined;
  readonly foreground?: true | readonly (string | number)[] | undefined;
}

/** What `embed` may be given. */
export interface ClientEmbedOptions extends AskedOptions {
  readonly normalize?: boolean | undefined;
}

/** A picture's file: its bytes, or what a page's input of files gives. */
export type ClientPicture = Blob | ArrayBuffer | Uint8Array;

/** Of one picture its item; of several a list of items, where a picture that cannot be read has an error. */
export interface AskPictures<Item, Options> {
  (picture: ClientPicture, options?: Options): Promise<Item>;
  (
    pictures: readonly ClientPicture[],
    options?: Options,
  ): Promise<readonly (Item | FailedPicture<1>)[]>;
}

/** A server, as `createClient` gives it. */
export interface MobileNetClient {
  readonly classify: AskPictures<ClassifiedPicture, ClientClassifyOptions>;
  readonly detect: AskPictures<DetectedPicture, ClientDetectOptions>;
  /** `segmentationFromJson` of the library makes a class map of the item. */
  readonly segment: AskPictures<ServedSegmentation, ClientSegmentOptions>;
  readonly embed: AskPictures<EmbeddedPicture, ClientEmbedOptions>;
  /** The models that are served. */
  models(options?: Pick<ClientCallOptions, "signal">): Promise<readonly ServedModel[]>;
}

/** A server's refusal, or what came instead of an answer. */
export class ServerError extends MobileNetError {
  /** The answer's status; 0 where none came. */
  readonly status: number;
  /** The server's own code: `busy`, `deadline`, `too-large`, `invalid-image` … */
  readonly reason: string;
  /** The request's number in the server's log, where it has one. */
  readonly requestId: string | undefined;

  /** @param facts - What came: status, code, the request's number. */
  constructor(
    message: string,
    facts: {
      readonly status: number;
      readonly reason: string;
      readonly requestId?: string | undefined;
      readonly cause?: unknown;
    },
  ) {
    super(codeOf(facts.reason), message, { cause: facts.cause });
    this.status = facts.status;
    this.reason = facts.reason;
    this.requestId = facts.requestId;
  }
}

/** The library's codes that a server passes on; its own reasons count as `network`. */
const passedOn: readonly ErrorCode[] = [
  "invalid-argument",
  "invalid-image",
  "not-found",
  "unsupported",
  "memory",
  "worker-lost",
];

function codeOf(reason: string): ErrorCode {
  return passedOn.find((code) => code === reason) ?? "network";
}

/** Statuses after which the same may be asked again. */
const passing: readonly number[] = [429, 503];

/** The longest that an attempt is waited for at a server's word, in milliseconds. */
const longestWait = 60_000;

const clientOptionNames: OptionNames<ClientOptions> = {
  apiKey: true,
  fetch: true,
  timeout: true,
  retries: true,
};

/**
 * A server that `mobilenetv2 serve` has started.
 *
 * @param address - Where it is: `http://127.0.0.1:8080`, or the path below which a proxy has it.
 * @throws MobileNetError `invalid-argument` for what is no address, or for another option. Calls throw
 *   `ServerError` for what the server refuses or where it cannot be reached, and `aborted`.
 *
 * @example
 * ```ts
 * const answer = [{ schemaVersion: 1, image: "body", predictions: [], multiLabel: false }];
 * const fetch = async () => Response.json(answer); // in place of a server
 * const client = createClient("http://127.0.0.1:8080", { fetch });
 * const { predictions } = await client.classify(new Uint8Array([1]), { topK: 3 });
 * predictions; // []
 * ```
 */
export function createClient(address: string | URL, options: ClientOptions = {}): MobileNetClient {
  checkOptions(options, clientOptionNames, "createClient");
  const { retries = 3, timeout } = options;
  if (!Number.isInteger(retries) || retries < 0) {
    throw badValue("bad retries", "a whole number from 0 on", retries);
  }
  if (timeout !== undefined && !(typeof timeout === "number" && timeout > 0)) {
    throw badValue("bad timeout", "a number of milliseconds above 0", timeout);
  }
  const base = baseOf(address);
  const settings = { ...options, retries };
  const ask =
    (verb: string) =>
    async (input: unknown, call: object = {}) => {
      const { signal, ...rest } = fieldsOf(call);
      const several = Array.isArray(input);
      const body = several ? formOf(input, verb) : pictureBody(input, verb);
      const query = queryOf(rest);
      const path = `v1/${verb}${query === "" ? "" : `?${query}`}`;
      const items = await send(base + path, { method: "POST", body }, settings, signal);
      return several ? items : (items as readonly unknown[])[0];
    };
  return {
    classify: ask("classify") as MobileNetClient["classify"],
    detect: ask("detect") as MobileNetClient["detect"],
    segment: ask("segment") as MobileNetClient["segment"],
    embed: ask("embed") as MobileNetClient["embed"],
    models: async ({ signal } = {}) =>
      (await send(`${base}v1/models`, {}, settings, signal)) as readonly ServedModel[],
  };
}

function baseOf(address: unknown): string {
  const text = address instanceof URL ? address.href : address;
  if (typeof text === "string" && URL.canParse(text) && /^https?:/i.test(text)) {
    const { origin, pathname } = new URL(text);
    return `${origin}${pathname.replace(/\/?$/, "/")}`;
  }
  throw wrongArgument("createClient", "a server's address, http: or https:", address);
}

function isPicture(value: unknown): value is Exclude<ClientPicture, Uint8Array> {
  return value instanceof Blob || value instanceof ArrayBuffer || value instanceof Uint8Array;
}

function pictureBody(input: unknown, verb: string): BodyInit {
  if (isPicture(input)) return input;
  throw wrongArgument(verb, "a picture's file as bytes or a Blob", input);
}

function formOf(pictures: readonly unknown[], verb: string): FormData {
  const form = new FormData();
  for (const [index, picture] of pictures.entries()) {
    const part = pictureBody(picture, verb) as Blob | ArrayBuffer;
    const name = (part as { readonly name?: unknown }).name;
    const blob = part instanceof Blob ? part : new Blob([part]);
    form.append("image", blob, typeof name === "string" && name !== "" ? name : `${index}`);
  }
  return form;
}

/** Options as the server's query has them. */
function queryOf(options: Readonly<Record<PropertyKey, unknown>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const { x, y, width, height, columns, rows } = fieldsOf(value);
    if (Array.isArray(value)) for (const item of value) query.append(name, plainText(item));
    else if (name === "region") query.append(name, [x, y, width, height].join(","));
    else if (name === "tiles" && columns !== undefined)
      query.append(name, `${plainText(columns)}x${plainText(rows)}`);
    else query.append(name, plainText(value));
  }
  return query.toString();
}

/** A text as it is, anything else as messages show it: what is no option's value the server refuses. */
function plainText(value: unknown): string {
  return typeof value === "string" ? value : quote(value);
}

async function send(
  address: string,
  init: RequestInit,
  { apiKey, fetch: ask = fetch, timeout, retries }: ClientOptions & { readonly retries: number },
  given: unknown,
): Promise<unknown> {
  const cancel = new AbortController();
  const signal = given as AbortSignal | undefined;
  const stop = (): void => cancel.abort(signal?.reason);
  if (signal?.aborted) stop();
  signal?.addEventListener("abort", stop);
  let late = false;
  const timer =
    timeout === undefined
      ? undefined
      : setTimeout(() => {
          late = true;
          cancel.abort();
        }, timeout);
  const headers: Record<string, string> = apiKey ? { Authorization: `Bearer ${apiKey}` } : {};
  try {
    for (let left = retries; ; left--) {
      const response = await ask(address, { ...init, headers, signal: cancel.signal });
      if (response.ok) return await response.json();
      const error = await refusalOf(response);
      if (left === 0 || !passing.includes(response.status)) throw error;
      await pause(waitOf(response, retries - left), cancel.signal);
      cancel.signal.throwIfAborted();
    }
  } catch (error) {
    if (late) {
      const reason = "deadline";
      throw new ServerError(`there was no answer within ${timeout} ms`, { status: 0, reason });
    }
    if (cancel.signal.aborted) {
      throw new MobileNetError("aborted", "the work was cancelled", { cause: signal?.reason });
    }
    if (error instanceof MobileNetError) throw error;
    const message = error instanceof Error ? error.message : quote(error);
    throw new ServerError(`the server cannot be asked: ${message}`, {
      ...{ status: 0, reason: "network", cause: error },
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}

/** What a server says of its refusal; whatever stands between may say something else. */
async function refusalOf(response: Response): Promise<ServerError> {
  const { status, headers } = response;
  const requestId = headers.get("X-Request-Id") ?? undefined;
  const body: unknown = await response.json().catch(() => undefined);
  const { code, message } = fieldsOf(fieldsOf(body)["error"]);
  if (typeof code === "string" && typeof message === "string") {
    return new ServerError(message, { status, reason: code, requestId });
  }
  return new ServerError(`the server answered with status ${status}`, {
    ...{ status, reason: "network", requestId },
  });
}

/** Milliseconds until the next attempt: what the server says, else longer each time, not all at once. */
function waitOf({ headers }: Response, attempt: number): number {
  const said = headers.get("Retry-After");
  const seconds = said === null ? Number.NaN : Number(said);
  const until = said === null ? Number.NaN : Date.parse(said) - Date.now();
  const told = Number.isFinite(seconds) ? seconds * 1000 : until;
  const wait = Number.isFinite(told) ? told : 200 * 2 ** attempt * (1 + Math.random());
  return Math.min(longestWait, Math.max(0, wait));
}
