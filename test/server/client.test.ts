/** The client against the server itself, and against answers that a server or a proxy may give. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ClientOptions, createClient, ServerError } from "../../src/client/index.ts";
import { loadClassifier, loadDetector } from "../../src/tasks/node.ts";
import { segmentationFromJson } from "../../src/tasks/results/segmentation-json.ts";
import { classifier, detector } from "../off-thread/models.ts";
import { type OpenedApp, openApp } from "./open-app.ts";

const photo = readFileSync(
  fileURLToPath(new URL("../../examples/images/coffee.png", import.meta.url)),
);
const address = "http://server.test";

/** A client whose requests go to an app. */
function clientOf(app: OpenedApp, options: ClientOptions = {}) {
  const fetch: ClientOptions["fetch"] = (asked, init) =>
    app.fetch(`${asked}`.slice(address.length), init);
  return createClient(address, { fetch, ...options });
}

/** A client that gets these answers, one after the other, and the addresses that it asked. */
function clientOfAnswers(answers: readonly (() => Response)[], options: ClientOptions = {}) {
  const asked: string[] = [];
  const fetch: ClientOptions["fetch"] = async (to) => answers[asked.push(`${to}`) - 1]!();
  return { asked, client: createClient(address, { fetch, ...options }) };
}

const refusal =
  (status: number, code: string, headers = {}) =>
  () =>
    Response.json({ error: { code, message: `it is ${code}` } }, { status, headers });
const answer = () => Response.json([{ schemaVersion: 1, image: "body", predictions: [] }]);

describe("a client of the server", () => {
  let app: OpenedApp;
  beforeAll(async () => {
    app = await openApp({ apiKey: "key" });
  });
  afterAll(() => app.close());

  it("gives the library's answers, of bytes, blobs and lists", async () => {
    const client = clientOf(app, { apiKey: "key" });
    using here = await loadClassifier(classifier());
    const { predictions } = await client.classify(photo, { topK: 2 });
    const expected = await here.classify(photo, { topK: 2 });
    expect(predictions.map(({ index }) => index)).toEqual(expected.map(({ index }) => index));
    const named = new File([photo], "cup.png");
    const both = await client.classify([named, new Uint8Array([1])], { topK: 2 });
    expect(both).toMatchObject([
      { image: "cup.png", predictions },
      { image: "1", error: expect.stringMatching(/^not a picture/) },
    ]);
  });

  it("passes every kind of option on", async () => {
    const client = clientOf(app, { apiKey: "key" });
    using here = await loadDetector(detector());
    const options = {
      ...{ scoreThreshold: 0.1, classes: ["label 1", 2], tiles: { columns: 2, rows: 1 } },
      ...{ region: { x: 5, y: 5, width: 90, height: 80 }, classAgnostic: true },
    };
    const { detections } = await client.detect(photo, options);
    const expected = await here.detect(photo, options);
    expect(detections.map(({ box }) => box)).toEqual(expected.detections.map(({ box }) => box));
    const segmented = await client.segment(photo, { mapSize: "network" });
    expect(segmentationFromJson(segmented).classMap).toHaveLength(
      segmented.width * segmented.height,
    );
    const { embedding } = await client.embed(photo, { model: "small segmenter", normalize: true });
    expect(Math.hypot(...embedding)).toBeCloseTo(1, 5);
    expect((await client.models()).map(({ name }) => name)).toEqual([
      ...["small classifier", "small detector", "small segmenter"],
    ]);
  });

  it("throws what the server refuses, with its code, status and number", async () => {
    const refused = clientOf(app).classify(photo);
    await expect(refused).rejects.toBeInstanceOf(ServerError);
    await expect(refused).rejects.toMatchObject({ status: 401, reason: "unauthorized" });
    const client = clientOf(app, { apiKey: "key" });
    await expect(client.classify(new Uint8Array([1, 2]))).rejects.toMatchObject({
      ...{ code: "invalid-image", status: 422, requestId: expect.any(String) },
    });
    const misspelt = client.classify(photo, { topk: 1 } as object);
    await expect(misspelt).rejects.toThrow(/Did you mean topK/);
  });
});

describe("a client", () => {
  it("asks again where the server is busy or ill, when it says so", async () => {
    const soon = { "Retry-After": "0" };
    const answers = [refusal(429, "busy", soon), refusal(503, "worker-lost", soon), answer];
    const { asked, client } = clientOfAnswers(answers);
    await expect(client.classify(photo)).resolves.toMatchObject({ predictions: [] });
    expect(asked).toHaveLength(3);
  });

  it("asks as often as it was told, and nothing else again", async () => {
    const busy = refusal(429, "busy", { "Retry-After": "0" });
    const { asked, client } = clientOfAnswers([busy, busy, busy], { retries: 1 });
    await expect(client.classify(photo)).rejects.toMatchObject({ reason: "busy", code: "network" });
    expect(asked).toHaveLength(2);
    for (const status of [400, 422, 500, 504]) {
      const once = clientOfAnswers([refusal(status, "internal")]);
      await expect(once.client.classify(photo)).rejects.toMatchObject({ status });
    }
  });

  it("is cancelled while it asks and while it waits", async () => {
    const stop = new AbortController();
    const later = refusal(429, "busy", { "Retry-After": "60" });
    const { asked, client } = clientOfAnswers([later]);
    const waiting = client.classify(photo, { signal: stop.signal });
    await new Promise((resolve) => setImmediate(resolve));
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: "aborted" });
    expect(asked).toHaveLength(1);
    const before = client.classify(photo, { signal: AbortSignal.abort() });
    await expect(before).rejects.toMatchObject({ code: "aborted" });
  });

  it("gives up at its deadline, other attempts included", async () => {
    const later = refusal(429, "busy", { "Retry-After": "60" });
    const { client } = clientOfAnswers([later], { timeout: 10 });
    await expect(client.classify(photo)).rejects.toMatchObject({ reason: "deadline", status: 0 });
  });

  it("says what else may come instead of an answer", async () => {
    const page = () => new Response("<h1>Bad gateway</h1>", { status: 502 });
    await expect(clientOfAnswers([page]).client.classify(photo)).rejects.toMatchObject({
      ...{ status: 502, reason: "network", message: "the server answered with status 502" },
    });
    for (const text of ["<h1>Welcome</h1>", "null", "{}", "[]", "[null]", "[{},{}]"]) {
      const { client } = clientOfAnswers([() => new Response(text)]);
      await expect(client.classify(photo)).rejects.toBeInstanceOf(ServerError);
    }
    const fetch = async (): Promise<Response> => Promise.reject(new Error("refused"));
    const client = createClient(address, { fetch });
    await expect(client.models()).rejects.toThrow("the server cannot be asked: refused");
  });

  it("asks nobody about no pictures", async () => {
    const { asked, client } = clientOfAnswers([]);
    expect([await client.classify([]), asked]).toEqual([[], []]);
  });

  it("has its address below a proxy's path", async () => {
    const { asked } = clientOfAnswers([]);
    const fetch: ClientOptions["fetch"] = async (to) => {
      asked.push(`${to}`);
      return answer();
    };
    for (const base of ["https://a.test/pictures", "https://a.test/pictures/?x=1"]) {
      await createClient(base, { fetch }).classify(photo, { topK: 1 });
    }
    expect(new Set(asked)).toEqual(new Set(["https://a.test/pictures/v1/classify?topK=1"]));
  });

  it("refuses wrong arguments by name", async () => {
    for (const wrong of ["nowhere", "ftp://a.test", 5, null]) {
      expect(() => createClient(wrong as string)).toThrow(/createClient was given something else/);
    }
    expect(() => createClient(address, { key: 1 } as object)).toThrow(/no option "key"/);
    expect(() => createClient(address, { retries: -1 })).toThrow(/bad retries/);
    for (const timeout of [0, Number.POSITIVE_INFINITY, 2 ** 31]) {
      expect(() => createClient(address, { timeout })).toThrow(/bad timeout/);
    }
    const secret = createClient.bind(undefined, address, { apiKey: ["secret"] as never });
    expect(secret).toThrow(/bad apiKey: expected a text, received "object"/);
    const { client } = clientOfAnswers([]);
    const path = client.classify("photo.jpg" as never);
    await expect(path).rejects.toThrow(/classify was given something else/);
    const misspelt = client.classify(photo, { topk: 1 } as object);
    await expect(misspelt).rejects.toThrow(/no option "topk".*topK/);
    const signal = {} as AbortSignal;
    await expect(client.models({ signal })).rejects.toThrow(/expected an AbortSignal/);
    const gone = new Uint8Array(8);
    structuredClone(gone, { transfer: [gone.buffer] });
    for (const input of [gone, [gone]]) {
      await expect(client.classify(input as Uint8Array)).rejects.toThrow(/moved to another thread/);
    }
  });
});
