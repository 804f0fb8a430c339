/**
 * Files that the server hands out: a map from addresses, made before it listens, to what lies there. A
 * request's path is looked up in the map and goes nowhere else.
 */
import type { Context, MiddlewareHandler } from "hono";
import type { ServerPackages } from "../disk/packages-node.ts";

/** How a file's bytes may be coded on the way; the one that is smaller first. */
const encodings = ["br", "gzip"] as const;

/** A coding of a file's bytes. */
export type Encoding = (typeof encodings)[number];

/** A file's bytes as they are, or in a coding. */
export interface FileForm {
  /** The SHA-256 of the bytes, hexadecimal, which tells the forms of a file apart, too. */
  readonly sha256: string;
  readonly bytes: number;
  /** The bytes, or a stream that gets them once it is read. */
  open(): Promise<Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>>;
}

/** A file that is handed out. */
export interface ServedFile {
  readonly type: string;
  readonly cacheControl: string;
  readonly plain: FileForm;
  /** Coded, where that makes it smaller. */
  readonly coded?: Readonly<Partial<Record<Encoding, FileForm>>> | undefined;
}

/** Files by their paths in addresses, which begin with a slash and have no escapes. */
export type ServedFiles = ReadonlyMap<string, ServedFile>;

/** What it takes of the server's packages. */
export type FilePackages = Pick<ServerPackages, "accepts" | "etag">;

/**
 * Answers requests for files: whole, or 304 where the asker has them; leaves others to whatever comes next.
 *
 * @param headers - Those that every file is sent with.
 */
export function handOut(
  files: ServedFiles,
  { accepts, etag }: FilePackages,
  headers: Readonly<Record<string, string>>,
): readonly [MiddlewareHandler, MiddlewareHandler] {
  const answer: MiddlewareHandler = async (context, next) => {
    const file = files.get(pathOfRequest(context.req.raw) ?? "");
    if (file === undefined) return await next();
    const { type, cacheControl, plain, coded } = file;
    const encoding = coded && chooseEncoding(context, coded, accepts);
    const form = (encoding && coded?.[encoding]) ?? plain;
    return context.body(await form.open(), 200, {
      ...headers,
      ...{ "Content-Type": type, "Content-Length": `${form.bytes}` },
      ...{ "Cache-Control": cacheControl, ETag: `"${form.sha256}"` },
      ...(coded && { Vary: "Accept-Encoding" }),
      ...(encoding && { "Content-Encoding": encoding }),
    });
  };
  return [etag.etag(), answer];
}

/** The best of a file's codings that the asker takes. */
function chooseEncoding(
  context: Context,
  coded: NonNullable<ServedFile["coded"]>,
  { accepts }: FilePackages["accepts"],
): Encoding | undefined {
  const chosen = accepts(context, {
    header: "Accept-Encoding",
    supports: encodings.filter((encoding) => coded[encoding] !== undefined),
    default: "",
    match: (given, { supports }) =>
      supports.find((name) => given.some(({ type, q }) => type === name && q > 0)) ?? "",
  });
  return encodings.find((encoding) => encoding === chosen);
}

/** A request's path as the keys of files have it; nothing where its escapes mean nothing. */
export function pathOfRequest({ url }: Pick<Request, "url">): string | undefined {
  try {
    return decodeURIComponent(new URL(url).pathname);
  } catch {
    return undefined;
  }
}

/** Bytes that stay in memory as a file's form. */
export function memoryForm(bytes: Uint8Array<ArrayBuffer>, sha256: string): FileForm {
  return { sha256, bytes: bytes.length, open: async () => bytes };
}
