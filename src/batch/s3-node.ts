/**
 * Buckets of S3 and of servers that speak like it. Requests are signed by aws4fetch, with the credentials of
 * the usual environment (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_REGION`,
 * `AWS_ENDPOINT_URL`). A file appears whole by one PUT.
 */
import { createHash } from "node:crypto";
import { childOf, parseXml, type XmlElement } from "../data/xml.ts";
import { whyAbsent } from "../disk/nearby.ts";
import { loadSigner } from "../disk/peer-packages-node.ts";
import { describeError, MobileNetError } from "../errors.ts";
import { quote } from "../untrusted.ts";

/** A bucket, and the part of it below a prefix. */
export interface BucketAddress {
  readonly bucket: string;
  /** Empty, or ends with a slash. */
  readonly prefix: string;
}

/** A page of what a bucket holds. */
export interface BucketPage {
  readonly keys: readonly string[];
  /** The beginnings of keys that go on below, up to the delimiter. */
  readonly folders: readonly string[];
  /** Asks for the next page. */
  readonly next: string | undefined;
}

/** A bucket whose files are read and written. */
export interface Bucket {
  get(key: string, most: number): Promise<Uint8Array | undefined>;
  put(key: string, bytes: Uint8Array): Promise<void>;
  remove(key: string): Promise<void>;
  /** In order of key, a thousand at a time. */
  page(prefix: string, delimiter: string, after: string | undefined): Promise<BucketPage>;
}

/** How long an answer may take. */
const patienceMilliseconds = 120_000;

/** Whether an address is a bucket's. */
export function isBucketAddress(text: string): boolean {
  return /^s3:\/\//i.test(text);
}

/**
 * The bucket and the prefix of an address; what it names is taken for a folder.
 *
 * @throws MobileNetError `invalid-argument` where there is no bucket in it.
 */
export function parseBucketAddress(address: string): BucketAddress {
  const [, bucket, rest = ""] =
    /^s3:\/\/([a-z0-9][a-z0-9.-]{1,62})(?:\/(.*))?$/is.exec(address) ?? [];
  if (bucket === undefined) {
    throw new MobileNetError("invalid-argument", "this is no address of a bucket", {
      expected: "s3://BUCKET/PREFIX",
      received: quote(address),
    });
  }
  return { bucket, prefix: rest === "" || rest.endsWith("/") ? rest : `${rest}/` };
}

const opened = new Map<string, Promise<Bucket>>();

/** The bucket of a name, opened once. */
export function openBucket(name: string): Promise<Bucket> {
  let bucket = opened.get(name);
  if (bucket === undefined) {
    bucket = connectBucket(name);
    opened.set(name, bucket);
    bucket.catch(() => opened.delete(name));
  }
  return bucket;
}

async function connectBucket(name: string, env: NodeJS.ProcessEnv = process.env): Promise<Bucket> {
  const accessKeyId = env["AWS_ACCESS_KEY_ID"] ?? "";
  const secretAccessKey = env["AWS_SECRET_ACCESS_KEY"] ?? "";
  if (accessKeyId === "" || secretAccessKey === "") {
    throw new MobileNetError("invalid-argument", "there are no credentials for a bucket", {
      node: `s3://${name}`,
      expected: "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment",
      received: accessKeyId === "" ? "no key" : "no secret",
    });
  }
  const { AwsClient } = await loadSigner().catch((cause: unknown) => {
    throw new MobileNetError("missing-dependency", "buckets need a package that is not there", {
      received: whyAbsent(cause),
      remedy: "Install it: npm install aws4fetch.",
      cause,
    });
  });
  const region = env["AWS_REGION"] || env["AWS_DEFAULT_REGION"] || "us-east-1";
  const own = env["AWS_ENDPOINT_URL_S3"] || env["AWS_ENDPOINT_URL"];
  const base = `${(own || `https://s3.${region}.amazonaws.com`).replace(/\/+$/, "")}/${name}`;
  const sessionToken = env["AWS_SESSION_TOKEN"];
  const client = new AwsClient({
    ...{ accessKeyId, secretAccessKey, region, service: "s3", retries: 5 },
    ...(sessionToken ? { sessionToken } : {}),
  });
  const ask = async (method: string, path: string, body?: Uint8Array): Promise<Response> => {
    // The hash is signed along, so that what comes damaged is refused.
    const hash = createHash("sha256")
      .update(body ?? "")
      .digest("hex");
    try {
      return await client.fetch(`${base}${path}`, {
        method,
        headers: { "X-Amz-Content-Sha256": hash },
        ...(body && { body: body as Uint8Array<ArrayBuffer> }),
        signal: AbortSignal.timeout(patienceMilliseconds),
      });
    } catch (cause) {
      throw failed(`s3://${name}`, describeError(cause), cause);
    }
  };
  return {
    async get(key, most) {
      const answer = await ask("GET", pathOf(key));
      if (answer.status === 404) {
        await answer.body?.cancel();
        return undefined;
      }
      await requireGood(answer, `s3://${name}/${key}`);
      const size = Number(answer.headers.get("content-length") ?? Number.NaN);
      // Without a size nobody knows what would be allocated.
      if (!(size <= most)) {
        await answer.body?.cancel();
        throw new MobileNetError("invalid-image", "the file is too large", {
          expected: `at most ${most} bytes`,
          received: Number.isNaN(size) ? "no size" : quote(size),
        });
      }
      const bytes = await answer.arrayBuffer().catch((cause: unknown) => {
        throw failed(`s3://${name}/${key}`, describeError(cause), cause);
      });
      if (bytes.byteLength === size) return new Uint8Array(bytes);
      throw failed(`s3://${name}/${key}`, `${bytes.byteLength} of ${size} bytes`);
    },
    async put(key, bytes) {
      const answer = await ask("PUT", pathOf(key), bytes);
      await requireGood(answer, `s3://${name}/${key}`);
      await answer.body?.cancel();
    },
    async remove(key) {
      const answer = await ask("DELETE", pathOf(key));
      if (answer.status !== 404) await requireGood(answer, `s3://${name}/${key}`);
      await answer.body?.cancel();
    },
    async page(prefix, delimiter, after) {
      const query = new URLSearchParams({ "list-type": "2", "encoding-type": "url", prefix });
      if (delimiter !== "") query.set("delimiter", delimiter);
      if (after !== undefined) query.set("continuation-token", after);
      const answer = await ask("GET", `/?${query.toString()}`);
      await requireGood(answer, `s3://${name}/${prefix}`);
      return readPage(await answer.text(), `s3://${name}/${prefix}`);
    },
  };
}

/** A key as a path: what means something in addresses is escaped, the signer's own way. */
function pathOf(key: string): string {
  const escaped = (text: string): string =>
    encodeURIComponent(text).replace(
      /[!'()*]/g,
      (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
    );
  return `/${key.split("/").map(escaped).join("/")}`;
}

function readPage(text: string, place: string): BucketPage {
  const root = parseXml(text, place);
  if (root.name !== "ListBucketResult") throw failed(place, `a document of ${quote(root.name)}`);
  const textIn = (element: XmlElement | undefined, name: string): string =>
    childOf(element, name)?.text ?? "";
  const named = (tag: string): readonly XmlElement[] =>
    root.children.filter(({ name }) => name === tag);
  const plain = (coded: string): string => decodeURIComponent(coded.replaceAll("+", " "));
  const next = textIn(root, "NextContinuationToken");
  return {
    keys: named("Contents").map((one) => plain(textIn(one, "Key"))),
    folders: named("CommonPrefixes").map((one) => plain(textIn(one, "Prefix"))),
    next: next === "" ? undefined : next,
  };
}

async function requireGood(answer: Response, place: string): Promise<void> {
  if (answer.ok) return;
  const text = await answer.text().catch(() => "");
  const [, code] = /<Code>(\w{1,64})<\/Code>/.exec(text) ?? [];
  throw failed(place, `status ${answer.status}${code === undefined ? "" : ` (${code})`}`);
}

function failed(node: string, received: string, cause?: unknown): MobileNetError {
  return new MobileNetError("network", "the bucket does not give what was asked for", {
    ...{ node, received, cause },
    remedy: "Check the address, the credentials and AWS_ENDPOINT_URL.",
  });
}
