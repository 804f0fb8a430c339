/**
 * The page that the server hands out: the build's files, read once, and the headers that they are sent
 * with, of a page that is isolated, may have a camera and runs nobody else's scripts.
 */
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { ServerPackages } from "../disk/packages-node.ts";
import { readBytes } from "../disk/read-node.ts";
import { pagePlaces } from "../hub/page-places-node.ts";
import {
  type Encoding,
  type FileForm,
  memoryForm,
  type ServedFile,
  type ServedFiles,
} from "./files.ts";

/** What each of its files is sent with. */
export const appHeaders: Readonly<Record<string, string>> = {
  // Shared memory is for pages that are isolated from other origins.
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Content-Security-Policy": [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    // The threads of the engine are blobs, which have this policy too.
    "worker-src 'self' blob:",
    "connect-src 'self'",
    "img-src 'self' blob: data:",
    "media-src 'self' blob:",
    "style-src 'self'",
    "font-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; "),
  "Referrer-Policy": "no-referrer",
  "Permissions-Policy": "camera=(self)",
};

/** The page itself, which stands for its folder. */
const index = "index.html";

/** Names that the build makes of a file's content, so that other content has another. */
const hashedName = /(?:^|\/)assets\/[^/]*[-.](?=[^.]*[\dA-Z])[\w-]{8}\.\w+$/;

/** Several times the largest file of a page. */
const fileLimit = { most: 64 * 2 ** 20, code: "io" } as const;

/** The files of a folder with a page; none where it has no page. */
export async function readApp(
  folder: string,
  { mime }: Pick<ServerPackages, "mime">,
): Promise<ServedFiles> {
  const files = new Map<string, ServedFile>();
  for (const [path, place] of await pagePlaces(folder)) {
    const bytes = new Uint8Array(await readBytes(place, fileLimit));
    const type = mime.getMimeType(path) ?? "application/octet-stream";
    const file: ServedFile = {
      type,
      cacheControl: hashedName.test(path) ? "public, max-age=31536000, immutable" : "no-cache",
      plain: formOf(bytes),
      coded: await codedForms(bytes, type),
    };
    files.set(`/${path}`, file);
    if (path === index) files.set("/", file);
  }
  return files;
}

/** Below it no coding saves a packet. */
const smallest = 1024;

/** Of the time that brotli takes for its last tenth the start of a server is not worth it. */
const brotliQuality = 9;

/** A file's forms that are smaller by a tenth at least. */
async function codedForms(bytes: Uint8Array, type: string): Promise<ServedFile["coded"]> {
  const gains = /^text\/|javascript|json|xml|wasm/.test(type);
  if (!gains || bytes.length < smallest) return undefined;
  const params = { [constants.BROTLI_PARAM_QUALITY]: brotliQuality };
  const [br, zipped] = await Promise.all([
    promisify(brotliCompress)(bytes, { params }),
    promisify(gzip)(bytes, { level: 9 }),
  ]);
  const forms: Partial<Record<Encoding, FileForm>> = {};
  for (const [encoding, buffer] of [["br", br] as const, ["gzip", zipped] as const]) {
    const coded = new Uint8Array(buffer);
    if (coded.length <= 0.9 * bytes.length) forms[encoding] = formOf(coded);
  }
  return Object.keys(forms).length === 0 ? undefined : forms;
}

function formOf(bytes: Uint8Array<ArrayBuffer>): FileForm {
  return memoryForm(bytes, createHash("sha256").update(bytes).digest("hex"));
}
