/**
 * Keeps the page for when there is no network, and isolates it on hosts that send no such headers, so that
 * it may have threads. The page's own files are of one build and never change; weights are asked for
 * anew, and come from what was kept where nobody answers.
 */
export {};

declare const self: ServiceWorkerGlobalScope;
/** Of this build, relative to the page. */
declare const __FILES__: readonly string[];
declare const __VERSION__: string;

const base = new URL("./", self.location.href);
// Caches belong to the host, which may have several pages.
const shells = `mobilenetv2-page ${base.pathname} `;
const shell = `${shells}${__VERSION__}`;
const weights = `mobilenetv2-models ${base.pathname}`;
const modelList = new URL("models/manifest.json", base).href;
const files = new Set(__FILES__.map((name) => new URL(name, base).href));

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(shell)
      .then((cache) =>
        cache.addAll([...files].map((url) => new Request(url, { cache: "reload" }))),
      ),
  );
});

// A newer build waits until no page of the older one is open: their files do not fit together.
self.addEventListener("activate", (event) => {
  const old = async (): Promise<void> => {
    for (const name of await caches.keys()) {
      if (name.startsWith(shells) && name !== shell) await caches.delete(name);
    }
    await self.clients.claim();
    // The page has read it already, before this worker could keep it. A host with a key tells it to nobody else.
    const cache = await caches.open(weights);
    if ((await cache.match(modelList)) === undefined)
      await cache.add(modelList).catch(() => undefined);
  };
  event.waitUntil(old());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const url = new URL(request.url);
  url.hash = "";
  url.search = "";
  if (url.href === base.href) url.pathname += "index.html";
  if (files.has(url.href)) event.respondWith(fromShell(url.href, request));
  else if (url.href.startsWith(new URL("models/", base).href)) {
    event.respondWith(fromNetwork(request));
  }
});

async function fromShell(url: string, request: Request): Promise<Response> {
  const kept = await (await caches.open(shell)).match(url);
  return isolated(kept ?? (await fetch(request)));
}

async function fromNetwork(request: Request): Promise<Response> {
  const cache = await caches.open(weights);
  try {
    const { headers, signal } = request;
    const response = await fetch(request.url, { headers, signal, cache: "no-cache" });
    // Where there is no room, the page works as long as there is a network.
    if (response.ok) cache.put(request.url, response.clone()).catch(() => undefined);
    return isolated(response);
  } catch (error) {
    const kept = await cache.match(request.url);
    if (kept === undefined || request.signal.aborted) throw error;
    return isolated(kept);
  }
}

/** With the headers by which a page may have shared memory. */
function isolated(response: Response): Response {
  if (response.type === "opaque") return response;
  const headers = new Headers(response.headers);
  headers.set("Cross-Origin-Opener-Policy", "same-origin");
  headers.set("Cross-Origin-Embedder-Policy", "require-corp");
  headers.set("Cross-Origin-Resource-Policy", "same-origin");
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers });
}
