/**
 * The entry `mobilenetv2/client`: asks a server that `mobilenetv2 serve` has started, from pages and from
 * Node. It needs nothing but `fetch`. What the server cannot take on now is asked again when it says so.
 */
import { MobileNetError } from "../errors.ts";
import type {
  ClassifiedPicture,
  DetectedPicture,
  EmbeddedPicture,
  FailedPicture,
} from "../json/pictures.ts";
import type { ServedModel, ServedSegmentation } from "../json/serve.ts";
import { checkOptions } from "../option-names.ts";
import type { Verb } from "../tasks/task-names.ts";
import { isNumberIn, quote } from "../untrusted.ts";
import { badValue, detachedWords, fieldsOf, isDetached, wrongArgument } from "../wrong-argument.ts";
import { askServer, ServerError } from "./ask-server.ts";
import {
  askedOptionNames,
  type ClientCallOptions,
  type ClientClassifyOptions,
  type ClientDetectOptions,
  type ClientEmbedOptions,
  type ClientOptions,
  type ClientSegmentOptions,
  clientOptionNames,
} from "./client-options.ts";

export type { ErrorCode, ErrorDetails, ErrorJson } from "../errors.ts";
export type { ServedModel, ServedSegmentation } from "../json/serve.ts";
export type {
  AskedOptions,
  AskedTiles,
  ClientCallOptions,
  ClientClassifyOptions,
  ClientDetectOptions,
  ClientEmbedOptions,
  ClientOptions,
  ClientSegmentOptions,
  FetchFunction,
} from "./client-options.ts";
export { MobileNetError, ServerError };

/** A picture's file: its bytes, or what a page's input of files gives. */
export type ClientPicture = Blob | ArrayBuffer | Uint8Array;

/** Of one picture its item; of several, which are sent in one request, a list of items, where a picture that cannot be read has an error. */
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

/** What timers of hosts can count to. */
const longestTimeout = 2 ** 31 - 1;

/**
 * A server that `mobilenetv2 serve` has started.
 *
 * @param address - Where it is: `http://127.0.0.1:8080`, or the path below which a proxy has it.
 * @throws MobileNetError `invalid-argument` for what is no address, or for another option. Calls throw
 *   the same for what is no picture or an option that they do not have, `ServerError` for what the server
 *   refuses or where it cannot be reached, and `aborted`.
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
  const { retries = 3, timeout, apiKey, fetch: given } = options;
  if (!Number.isInteger(retries) || retries < 0) {
    throw badValue("bad retries", "a whole number from 0 on", retries);
  }
  if (timeout !== undefined && !isNumberIn(timeout, 1, longestTimeout)) {
    throw badValue("bad timeout", `milliseconds, 1 to ${longestTimeout}`, timeout);
  }
  if (apiKey !== undefined && typeof apiKey !== "string") {
    throw badValue("bad apiKey", "a text", typeof apiKey);
  }
  if (given !== undefined && typeof given !== "function") {
    throw badValue("bad fetch", "a function like the host's own", given);
  }
  const base = baseOf(address);
  const settings = { ...options, retries };
  const ask =
    (verb: Verb) =>
    async (input: unknown, call: object = {}) => {
      checkOptions(call, askedOptionNames[verb], verb);
      const { signal, ...rest } = fieldsOf(call);
      const several = Array.isArray(input);
      // The server takes no empty form.
      if (several && input.length === 0) return [];
      const body = several ? formOf(input, verb) : pictureBody(input, verb);
      const query = queryOf(rest);
      const path = `v1/${verb}${query === "" ? "" : `?${query}`}`;
      const answer = await askServer(base + path, { method: "POST", body }, settings, signal);
      const items = requireItems(answer, several ? input.length : 1);
      return several ? items : items[0];
    };
  return {
    classify: ask("classify") as MobileNetClient["classify"],
    detect: ask("detect") as MobileNetClient["detect"],
    segment: ask("segment") as MobileNetClient["segment"],
    embed: ask("embed") as MobileNetClient["embed"],
    async models(call = {}) {
      checkOptions(call, { signal: true }, "models");
      const answer = await askServer(`${base}v1/models`, {}, settings, call.signal);
      return requireItems(answer) as readonly ServedModel[];
    },
  };
}

/** A list of so many objects; what stands between may have answered in the server's place. */
function requireItems(answer: unknown, count?: number): readonly object[] {
  const isItem = (item: unknown): item is object => typeof item === "object" && item !== null;
  const isList = Array.isArray(answer) && answer.every(isItem);
  if (isList && (count === undefined || answer.length === count)) return answer;
  throw new ServerError("the answer is none of the server's", { status: 200, reason: "network" });
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
  const expected = "a picture's file as bytes or a Blob";
  if (!isPicture(input)) throw wrongArgument(verb, expected, input);
  if (!(input instanceof Blob) && isDetached(input)) {
    throw new MobileNetError("invalid-argument", `bad picture of ${verb}`, {
      ...{ expected, received: detachedWords },
      remedy: "Read the file again, or pass a copy where it was given away.",
    });
  }
  return input;
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
    else if (name === "region") query.append(name, [x, y, width, height].map(plainText).join(","));
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
