/**
 * A format is one row: a made-up one is added to the registry, and every place that finds, reads or
 * tells of models knows it without another edit.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { modelOptions } from "../../src/cli/model-options.ts";
import type { ModelFiles } from "../../src/formats/files.ts";
import type { Format } from "../../src/formats/format.ts";
import { unknownSource } from "../../src/hub/lookup.ts";
import { resolveModel as resolveInBrowser } from "../../src/hub/source-browser.ts";
import { loadClassifier, loadModel } from "../../src/tasks/node.ts";

vi.mock(import("../../src/formats/registry.ts"), async (original) => {
  const registry = await original();
  const { seededFormat } = await import("./seeded-format.ts");
  (registry.formats as Format[]).push(seededFormat);
  return registry;
});

const bytes = (content: string): Uint8Array => new TextEncoder().encode(content);
const files = new Map([
  ["net.seeded", bytes("SEEDED 0.1 names.txt")],
  ["names.txt", bytes("cat\ndog")],
]);

let folder: string;
let server: Server;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mobilenetv2-format-"));
  for (const [path, content] of files) await writeFile(join(folder, path), content);
  // Begins like one, though its name does not say so.
  await writeFile(join(folder, "net"), "SEEDED 0.1 names.txt");
  server = createServer(({ url = "" }, response) => {
    response.end(files.get(url.slice(1).replace(/\?.*/, "")));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

const origin = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

describe("a made-up format", () => {
  it.each<readonly [string, () => string | ModelFiles, () => string]>([
    ["a folder", () => folder, () => basename(folder)],
    ["a path", () => join(folder, "net.seeded"), () => "net.seeded"],
    ["how it begins", () => join(folder, "net"), () => "net"],
    ["an address", () => `${origin()}/net.seeded`, () => `${origin()}/net.seeded`],
    ["bytes", () => files, () => "model"],
  ])("is loaded in Node by %s", async (_, source, name) => {
    const model = await loadModel(source());
    expect(model).toMatchObject({ name: name(), task: "classify", labels: ["cat", "dog"] });
  });

  it("classifies", async () => {
    const classifier = await loadClassifier(folder, { resolution: 48 });
    const grey = { width: 4, height: 4, data: new Uint8Array(48).fill(128) };
    const classes = await classifier.classify(grey);
    classifier.dispose();
    expect(classes.map(({ label }) => label).toSorted()).toEqual(["cat", "dog"]);
  });

  it("is loaded in a page by an address beside its own", async () => {
    vi.stubGlobal("location", { href: `${origin()}/page` });
    const model = await resolveInBrowser("net.seeded?v=2");
    vi.unstubAllGlobals();
    expect(model.labels).toEqual(["cat", "dog"]);
  });

  it("has its own options, and no others", async () => {
    const { graph } = await loadModel(folder, { resolution: 64 });
    expect(graph.architecture?.resolution).toEqual([64, 64]);
    await expect(loadModel(folder, { epsilon: 1e-5 })).rejects.toThrow(
      /a seeded network: the model settles "epsilon" itself: expected no options but resolution/,
    );
  });

  it("is named wherever formats are", async () => {
    expect(unknownSource("nonesuch").message).toContain("a .seeded file");
    expect(modelOptions("classify").model.description).toContain("a .seeded file");
    await writeFile(join(folder, "photo.jpg"), "a photo");
    await expect(loadModel(join(folder, "photo.jpg"))).rejects.toThrow(/or a \.seeded file/);
    await expect(loadModel("http://[")).rejects.toThrow(/a \.seeded file/);
  });
});
