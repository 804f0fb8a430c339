/**
 * A server of buckets in memory for tests: GET, PUT, DELETE and the list by pages. It checks each request's
 * signature by AWS's own description (Signature Version 4), so that whatever signs is held against that.
 */
import { createHash, createHmac } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/** The credentials that it takes. */
export const credentials = {
  AWS_ACCESS_KEY_ID: "tester",
  AWS_SECRET_ACCESS_KEY: "secret/of+the=tests",
  AWS_SESSION_TOKEN: "a session",
  AWS_REGION: "eu-test-1",
} as const;

/** A server that runs. */
export interface BucketServer {
  readonly address: string;
  /** What it holds, by `bucket/key`. */
  readonly objects: Map<string, Buffer>;
  /** Answers of failure that come before any other. */
  readonly faults: number[];
  /** How many milliseconds the next answers are late. */
  readonly delays: number[];
  stop(): Promise<void>;
}

/** Keys of a page: few, so that lists have several. */
const pageKeys = 3;

const hmac = (key: string | Buffer, text: string): Buffer =>
  createHmac("sha256", key).update(text).digest();
const sha256 = (bytes: string | Buffer): string => createHash("sha256").update(bytes).digest("hex");
const escapeUri = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );

function isSigned(request: IncomingMessage, body: Buffer): boolean {
  const {
    authorization = "",
    "x-amz-date": date = "",
    "x-amz-content-sha256": hash = "",
  } = request.headers as Record<string, string>;
  const [, scope = "", names = "", given = ""] =
    /^AWS4-HMAC-SHA256 Credential=tester\/([^,]+), ?SignedHeaders=([^,]+), ?Signature=(\w+)$/.exec(
      authorization,
    ) ?? [];
  const url = new URL(request.url ?? "", "http://server");
  const query = [...url.searchParams]
    .map(([name, value]) => `${escapeUri(name)}=${escapeUri(value)}`)
    .sort()
    .join("&");
  const headers = names.split(";").map((name) => `${name}:${request.headers[name]}\n`);
  const canonical = [request.method, url.pathname, query, headers.join(""), names, hash].join("\n");
  const [day = "", region = "", service = "", end = ""] = scope.split("/");
  const key = [day, region, service, end].reduce<string | Buffer>(
    (secret, part) => hmac(secret, part),
    `AWS4${credentials.AWS_SECRET_ACCESS_KEY}`,
  );
  const text = ["AWS4-HMAC-SHA256", date, scope, sha256(canonical)].join("\n");
  const isKnown = request.headers["x-amz-security-token"] === credentials.AWS_SESSION_TOKEN;
  const isWhole = hash === sha256(body) && region === credentials.AWS_REGION && service === "s3";
  return isKnown && isWhole && hmac(key, text).toString("hex") === given;
}

function listOf(
  objects: ReadonlyMap<string, Buffer>,
  bucket: string,
  query: URLSearchParams,
): string {
  const prefix = query.get("prefix") ?? "";
  const delimiter = query.get("delimiter") ?? "";
  const after = query.get("continuation-token") ?? "";
  const names = [...objects.keys()]
    .filter((name) => name.startsWith(`${bucket}/${prefix}`))
    .map((name) => name.slice(bucket.length + 1))
    .sort();
  const entries = new Set(
    names.map((key) => {
      const end = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
      return end < 0 ? key : key.slice(0, end + 1);
    }),
  );
  const rest = [...entries].filter((entry) => entry > after);
  const page = rest.slice(0, pageKeys);
  const parts = page.map((entry) =>
    delimiter !== "" && entry.endsWith(delimiter)
      ? `<CommonPrefixes><Prefix>${escapeUri(entry)}</Prefix></CommonPrefixes>`
      : `<Contents><Key>${escapeUri(entry)}</Key><Size>1</Size></Contents>`,
  );
  const next =
    rest.length > pageKeys ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : "";
  return `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${bucket}</Name>${parts.join("")}${next}</ListBucketResult>`;
}

/** Starts a server. */
export async function startBuckets(): Promise<BucketServer> {
  const objects = new Map<string, Buffer>();
  const faults: number[] = [];
  const delays: number[] = [];
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    const delay = delays.shift();
    if (delay !== undefined) await new Promise((wake) => setTimeout(wake, delay));
    const fault = faults.shift();
    if (fault !== undefined) {
      response.writeHead(fault).end();
      return;
    }
    if (!isSigned(request, body)) {
      response.writeHead(403).end("<Error><Code>SignatureDoesNotMatch</Code></Error>");
      return;
    }
    const url = new URL(request.url ?? "", "http://server");
    const name = decodeURIComponent(url.pathname.slice(1));
    if (request.method === "PUT") {
      objects.set(name, body);
      response.end();
    } else if (request.method === "DELETE") {
      objects.delete(name);
      response.writeHead(204).end();
    } else if (url.searchParams.has("list-type")) {
      response.end(listOf(objects, name.split("/")[0] ?? "", url.searchParams));
    } else {
      const found = objects.get(name);
      if (found === undefined) response.writeHead(404).end();
      else response.end(found);
    }
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ objects, faults, delays },
    async stop() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
