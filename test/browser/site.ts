/** A small web site in memory: paths and bytes, with the headers that a test asks for. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";

/** A running server. */
export interface Site {
  readonly origin: string;
  close(): void;
}

/** What the site gives for a path that starts with a slash; undefined is 404. */
export type Serve = (path: string) => Uint8Array | string | undefined;

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".jpg": "image/jpeg",
  ".webmanifest": "application/manifest+json",
  ".wasm": "application/wasm",
};

/** Without cross-origin isolation a page has no shared memory and therefore no threads. */
const isolation: Readonly<Record<string, string>> = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/**
 * Serves paths on a free port of this machine. A query sets a response's headers: `policy` is its
 * content security policy, `unisolated` leaves out the headers of cross-origin isolation.
 *
 * @param headers - Of every response.
 */
export async function startSite(
  serve: Serve,
  headers: Readonly<Record<string, string>> = {},
): Promise<Site> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    const body = serve(decodeURIComponent(url.pathname));
    const policy = url.searchParams.get("policy");
    response.writeHead(body === undefined ? 404 : 200, {
      "content-type":
        types[extname(url.pathname.replace(/\/$/, "/index.html"))] ?? "application/octet-stream",
      ...(url.searchParams.has("unisolated") ? {} : isolation),
      ...(policy === null ? {} : { "content-security-policy": policy }),
      ...headers,
    });
    response.end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
