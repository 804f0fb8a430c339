/** What the client may be told, and what each of its calls; complete names by the types. */
import type { OptionNames } from "../option-names.ts";
import type { Verb } from "../tasks/task-names.ts";

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

/** The options of a client. */
export const clientOptionNames: OptionNames<ClientOptions> = {
  apiKey: true,
  fetch: true,
  timeout: true,
  retries: true,
};

const ofAll: OptionNames<AskedOptions> = { model: true, signal: true, decode: true, region: true };

/** The options of each call. */
export const askedOptionNames: {
  readonly [V in Verb]: OptionNames<AskedOptionsOf[V]>;
} = {
  classify: { ...ofAll, topK: true },
  detect: {
    ...{ ...ofAll, scoreThreshold: true, iouThreshold: true, maxDetections: true },
    ...{ classes: true, classAgnostic: true, tiles: true },
  },
  segment: { ...ofAll, scoreMap: true, mapSize: true, tiles: true, foreground: true },
  embed: { ...ofAll, normalize: true },
};

interface AskedOptionsOf {
  readonly classify: ClientClassifyOptions;
  readonly detect: ClientDetectOptions;
  readonly segment: ClientSegmentOptions;
  readonly embed: ClientEmbedOptions;
}
