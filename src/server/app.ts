/**
 * The server without its socket: from a request to a response. Whoever may ask, what is logged and
 * counted of each request, and the routes.
 */
import type { Context, Hono, MiddlewareHandler } from "hono";
import type { ServerPackages } from "../disk/packages-node.ts";
import { describeError, MobileNetError } from "../errors.ts";
import type { Verb } from "../tasks/task-names.ts";
import { quote } from "../untrusted.ts";
import { answerPictures, type RequestLimits } from "./answer.ts";
import { requireKey } from "./api-key.ts";
import { ByteBudgetOfRequests } from "./body.ts";
import { type Catalogue, verbs } from "./catalogue.ts";
import { docsPage } from "./docs-page.ts";
import { handOut, pathOfRequest, type ServedFiles } from "./files.ts";
import type { ServerMetrics } from "./metrics.ts";
import { type Described, describeServer, type JsonObject } from "./openapi.ts";
import { codeOfError, errorAnswer, RefusedRequest, type ServerErrorCode } from "./refusals.ts";
import type { WorkerPool } from "./worker-pool.ts";

/** What changes while a server runs. */
export interface ServerState {
  /** Absent until all models are loaded and warm. */
  catalogue: Catalogue | undefined;
  /** It takes no requests any more. */
  stopping: boolean;
}

/** A line of the log. */
export interface RequestLog {
  readonly time: string;
  readonly id: string;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly status: number;
  readonly milliseconds: number;
  readonly model?: string;
  readonly pictures?: number;
  readonly code?: ServerErrorCode;
  /** Of failures that are the server's own. */
  readonly error?: string;
}

/** What the server is made of. */
export interface AppParts {
  readonly packages: Pick<ServerPackages, "hono" | "cors" | "accepts" | "etag">;
  readonly pool: Pick<WorkerPool, "submit" | "requireRoom" | "capacity" | "state">;
  readonly state: ServerState;
  readonly limits: RequestLimits;
  readonly metrics: ServerMetrics;
  readonly log: (line: RequestLog) => void;
  readonly described: Pick<Described, "version" | "schemas">;
  /** The page, and what its files are sent with. */
  readonly page: {
    readonly files: ServedFiles;
    readonly headers: Readonly<Record<string, string>>;
  };
  readonly weights: ServedFiles;
  /** Asked of requests to `/v1`, `/models` and `/metrics`, where there is one. */
  readonly apiKey?: string | undefined;
  /** The origin whose pages may ask, or `*`; none where absent. */
  readonly cors?: string | undefined;
}

/** What a request's handlers tell its log. */
interface Variables {
  id: string;
  facts: { model?: string; pictures?: number; error?: unknown };
}

type App = Hono<{ Variables: Variables }>;
type AppContext = Context<{ Variables: Variables }>;
type Middleware = MiddlewareHandler<{ Variables: Variables }>;

/** Bytes of bodies that all requests together may hold: so many of the largest. */
const largestBodies = 8;

/** The routes, with their methods; a request's route in figures is one of these. */
const routes: ReadonlyMap<string, string> = new Map([
  ...verbs.map((verb) => [`/v1/${verb}`, "POST"] as const),
  ...["/v1/models", "/healthz", "/readyz", "/metrics", "/openapi.json", "/docs"].map(
    (path) => [path, "GET"] as const,
  ),
]);

/** No other origin's page may have weights, not even unread as a script or picture. */
const ofThisOrigin = { "Cross-Origin-Resource-Policy": "same-origin" };

/** Makes the server. */
export function createApp(parts: AppParts): App {
  const { packages, pool, state, limits, metrics, described, apiKey, cors } = parts;
  const { page, weights } = parts;
  const app: App = new packages.hono.Hono();
  const budget = new ByteBudgetOfRequests(largestBodies * limits.maxBytes);
  const document = describeServer({ ...described, ...limits, key: apiKey !== undefined });

  app.use(watched(parts));
  if (cors !== undefined) {
    const exposeHeaders = ["X-Request-Id", "Retry-After"];
    app.use(packages.cors.cors({ origin: cors, exposeHeaders, maxAge: 600 }));
  }
  if (apiKey !== undefined) {
    const keyed = requireKey(apiKey);
    for (const path of ["/v1/*", "/models/*", "/metrics"]) app.use(path, keyed);
  }
  const catalogue = (): Catalogue => {
    if (state.stopping) throw notServing("stopping");
    return state.catalogue ?? refuse(notServing("starting"));
  };

  for (const verb of verbs) {
    app.post(`/v1/${verb}`, async (context) => {
      const note = (facts: Variables["facts"]): void => {
        Object.assign(context.get("facts"), facts);
      };
      const answering = { pool, catalogue: catalogue(), limits, budget, note };
      return context.json(await answerPictures(verb satisfies Verb, context.req.raw, answering));
    });
  }
  app.get("/v1/models", (context) => context.json(catalogue().list()));
  app.get("/healthz", (context) => context.json({ status: "ok" }));
  app.get("/readyz", (context) => {
    if (state.stopping) return context.json({ status: "stopping" }, 503);
    const ready = state.catalogue !== undefined && pool.state.ready;
    return context.json({ status: ready ? "ok" : "starting" }, ready ? 200 : 503);
  });
  app.get("/metrics", async (context) => {
    const { text, type } = await metrics.read();
    return context.body(text, 200, { "Content-Type": type });
  });
  serveDocuments(app, document);
  app.get("/models/*", ...handOut(weights, packages, ofThisOrigin));
  app.get("*", ...handOut(page.files, packages, page.headers));
  // Where there is no page, what there is for people.
  app.get("/", (context) => context.redirect("docs"));

  app.notFound((context) =>
    failed(context, notTaken(routeOf(context.req, parts), context.req.path)),
  );
  app.onError((error, context) => failed(context, error));
  return app;
}

function serveDocuments(app: App, document: JsonObject): void {
  const page = docsPage(document);
  app.get("/openapi.json", (context) => context.json(document));
  app.get("/docs", (context) =>
    context.html(page.html, 200, { "Content-Security-Policy": page.policy }),
  );
}

/** Gives each request its number, and logs and counts its answer. */
function watched(parts: AppParts): Middleware {
  const { metrics, log, state } = parts;
  return async (context, next) => {
    const began = performance.now();
    const id = requestId(context.req.header("X-Request-Id"));
    const facts: Variables["facts"] = {};
    context.set("id", id);
    context.set("facts", facts);
    await next();
    const { res, req } = context;
    const headers = res.headers;
    headers.set("X-Request-Id", id);
    headers.set("X-Content-Type-Options", "nosniff");
    if (!headers.has("Cache-Control")) headers.set("Cache-Control", "no-store");
    // What has a connection shall find another server.
    if (state.stopping) headers.set("Connection", "close");
    const seconds = (performance.now() - began) / 1000;
    const { error, ...told } = facts;
    metrics.answered({ route: routeOf(req, parts)?.name ?? "other", status: res.status }, seconds);
    log({
      ...{ time: new Date().toISOString(), id, method: req.method, path: req.path.slice(0, 200) },
      ...{ status: res.status, milliseconds: Math.round(seconds * 1e4) / 10, ...told },
      ...(error !== undefined && { code: codeOfError(error) }),
      ...(res.status >= 500 && error !== undefined && { error: describeError(error) }),
    });
  };
}

/** The answer to what was thrown. */
function failed(context: AppContext, error: unknown): Response {
  context.get("facts").error = error;
  const { status, headers, body } = errorAnswer(error, context.get("id"));
  return context.body(JSON.stringify(body), status as 400, {
    ...{ "Content-Type": "application/json", ...headers },
  });
}

/** Where a request leads: what figures call it, and the method that it takes. */
interface Route {
  readonly name: string;
  readonly method: string;
}

function routeOf(
  { path, raw }: Pick<AppContext["req"], "path" | "raw">,
  { weights, page }: Pick<AppParts, "weights" | "page">,
): Route | undefined {
  const method = routes.get(path);
  if (method !== undefined) return { name: path, method };
  const file = pathOfRequest(raw) ?? "";
  if (weights.has(file)) return { name: "/models/*", method: "GET" };
  return page.files.has(file) || file === "/" ? { name: "/*", method: "GET" } : undefined;
}

function notTaken(route: Route | undefined, path: string): MobileNetError {
  if (route === undefined) {
    return new MobileNetError("not-found", "there is nothing here", {
      remedy: "See /docs for what there is.",
    });
  }
  const { method } = route;
  return new RefusedRequest("method-not-allowed", `${quote(path)} takes ${method}`, {
    headers: { Allow: method === "GET" ? "GET, HEAD" : method },
  });
}

function notServing(reason: "starting" | "stopping"): RefusedRequest {
  return new RefusedRequest(reason, `the server is ${reason}`, { headers: { "Retry-After": "1" } });
}

function refuse(error: RefusedRequest): never {
  throw error;
}

/** A client's own number for its request where that is fit for a log, else one of ours. */
function requestId(given: string | undefined): string {
  return given !== undefined && /^[\x21-\x7e]{1,64}$/.test(given) ? given : crypto.randomUUID();
}
