import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MobileNetError } from "../errors.ts";
import { writeSafetensors } from "../formats/safetensors.ts";
import { ranges } from "../image/presets.ts";
import { mobilenetV2 } from "../models/mobilenet-v2.ts";
import { elementCount } from "../tensor.ts";
import { namesWeights } from "./named-forms.ts";
import type { PublishedWeights } from "./named-source.ts";
import { findNamedWeights } from "./named-weights.ts";
import { pullNamedInBrowser } from "./pull-named-browser.ts";
import { listNamed, mirrorsOf, pullNamed, recordOfNamed } from "./pull-named-node.ts";
import { resolveModel as resolveInBrowser } from "./source-browser.ts";
import { resolveModel } from "./source-node.ts";

let folder: string;
let server: Server;
let requests: string[];
let contents: Record<string, Uint8Array>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mobilenetv2-named-"));
  requests = [];
  contents = {};
  server = createServer((request, response) => {
    const path = request.url ?? "";
    requests.push(path);
    const bytes = contents[path];
    response.statusCode = bytes === undefined ? 404 : 200;
    response.end(bytes);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

const origin = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const options = (modelDirectories: readonly string[] = []) => ({
  cacheDirectory: join(folder, "cache"),
  modelDirectories,
  weightsUrls: { hf: origin(), keras: origin(), torchvision: origin() },
});

async function failure(work: Promise<unknown>): Promise<MobileNetError> {
  const error = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(MobileNetError);
  return error as MobileNetError;
}

/** A network under transformers' names, all values alike. */
function transformersFiles(classes: number): Readonly<Record<string, Uint8Array>> {
  const { parameters } = mobilenetV2({ width: 0.35, classes, resolution: 32 });
  const parts: Readonly<Record<string, string>> = {
    weights: "convolution.weight",
    "batch_norm/gamma": "normalization.weight",
    "batch_norm/beta": "normalization.bias",
    "batch_norm/mean": "normalization.running_mean",
    "batch_norm/variance": "normalization.running_var",
  };
  const tensors = [...parameters].map(([name, { shape }]) => {
    const theirs = name
      .replace(/^classifier\/(?:(weight)s|bias)$/, (_, weight) => `classifier.${weight ?? "bias"}`)
      .replace(/^stem\/(.*)/, (_, part) => `mobilenet_v2.conv_stem.first_conv.${parts[part]}`)
      .replace(/^head\/(.*)/, (_, part) => `mobilenet_v2.conv_1x1.${parts[part]}`)
      .replace(/^block_(\d+)\/(\w+)\/(.*)/, (_, block, layer, part) => {
        const names: Record<string, string> = { expand: "expand_1x1", depthwise: "conv_3x3" };
        const around = block === "0" ? "conv_stem" : `layer.${Number(block) - 1}`;
        return `mobilenet_v2.${around}.${names[layer] ?? "reduce_1x1"}.${parts[part]}`;
      });
    const [rows = 0, columns = 0, inputs = 0, outputs] = shape;
    const dense = /^classifier\/weights/.test(name) ? [outputs ?? 0, inputs] : undefined;
    const filters =
      outputs === undefined ? [inputs, 1, rows, columns] : [outputs, inputs, rows, columns];
    const theirShape = dense ?? (shape.length > 1 ? filters : shape);
    const data = new Float32Array(elementCount(shape)).fill(0.1);
    return [theirs, { dtype: "float32", shape: theirShape, data }] as const;
  });
  return {
    "model.safetensors": writeSafetensors({ tensors: new Map(tensors), metadata: {} }),
    "config.json": json({
      ...{ model_type: "mobilenet_v2", depth_multiplier: 0.35, image_size: 96 },
      id2label: Object.fromEntries(Array.from({ length: classes }, (_, i) => [i, `thing ${i}`])),
    }),
    "preprocessor_config.json": json({
      ...{ size: { shortest_edge: 112 }, crop_size: { height: 96, width: 96 }, resample: 2 },
      ...{ do_normalize: true, image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5] },
    }),
  };
}

function serve(base: string, files: Readonly<Record<string, Uint8Array>>): void {
  for (const [name, bytes] of Object.entries(files)) contents[base + name] = bytes;
}

describe("names of weights", () => {
  it.each([
    [
      "hf:google/mobilenet_v2_1.0_224",
      "https://huggingface.co/google/mobilenet_v2_1.0_224/resolve/main/model.safetensors",
    ],
    [
      "hf:timm/mobilenetv2_100.ra_in1k@v1.0",
      "https://huggingface.co/timm/mobilenetv2_100.ra_in1k/resolve/v1.0/model.safetensors",
    ],
    ["torchvision:mobilenet_v2", "https://download.pytorch.org/models/mobilenet_v2-7ebf99e0.pth"],
    [
      "torchvision:mobilenet_v2@v1",
      "https://download.pytorch.org/models/mobilenet_v2-b0353104.pth",
    ],
    [
      "keras:mobilenet_v2_0.35_96",
      "https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_96.h5",
    ],
    [
      "keras:mobilenet_v2_1.4_224_no_top",
      "https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.4_224_no_top.h5",
    ],
  ])("%s", (name, address) => {
    const { baseUrl, files } = findNamedWeights(name);
    expect(baseUrl + files[0]?.paths[0]).toBe(address);
  });

  it("are Keras's 22, with a head and without", () => {
    const names = ["0.35", "0.5", "0.75", "1.0", "1.3", "1.4"].flatMap((alpha) =>
      [96, 128, 160, 192, 224].flatMap((rows) =>
        ["", "_no_top"].map((top) => `keras:mobilenet_v2_${alpha}_${rows}${top}`),
      ),
    );
    const known = names.filter((name) => {
      try {
        return findNamedWeights(name).name === name;
      } catch {
        return false;
      }
    });
    expect(known).toHaveLength(2 * 22);
  });

  it.each([
    ...["hf:google", "hf:a/b/c", "hf:../x", "hf:a/b@", "hf:a/..", "hf:a b/c", "hf:a/b@c@d"],
    ...[
      "torchvision:resnet50",
      "torchvision:mobilenet_v2@v3",
      "torchvision:mobilenet_v2@constructor",
    ],
    ...["keras:mobilenet_v2_1.3_96", "keras:mobilenet_v2_2.0_224", "keras:toString"],
  ])("%s is none", (name) => {
    expect(() => findNamedWeights(name)).toThrow(
      /there are no such weights.*(hf|torchvision|keras):/,
    );
  });

  it("are told from addresses and paths", () => {
    expect(namesWeights("hf:a/b")).toBe(true);
    for (const other of ["https://a/b", "C:\\models", "hf", "./hf:a/b", "constructor:x"]) {
      expect(namesWeights(other)).toBe(false);
    }
  });

  it("lead to mirrors that the environment names, and to those of the options first", () => {
    const env = { MOBILENETV2_KERAS_URL: "http://k", HF_ENDPOINT: "http://h" };
    expect(mirrorsOf({ weightsUrls: { keras: "http://o" } }, env)).toEqual({
      weightsUrls: { keras: "http://o", hf: "http://h" },
    });
    expect(findNamedWeights("hf:a/b", { weightsUrls: { hf: "http://h/" } }).baseUrl).toBe(
      "http://h/a/b/resolve/main/",
    );
  });
});

describe("weights of Hugging Face", () => {
  const base = "/google/tiny/resolve/main/";

  it("load with what their files say, once over the network, then from the cache", async () => {
    serve(base, transformersFiles(3));
    const model = await resolveModel("hf:google/tiny", options());
    expect(model).toMatchObject({
      name: "hf:google/tiny",
      task: "classify",
      labels: ["thing 0", "thing 1", "thing 2"],
      preprocess: { width: 96, fit: { kind: "resize-then-crop", shortestEdge: 112 } },
    });
    expect(model.preprocess.scale[0]).toBeCloseTo(ranges.signed.scale[0], 9);
    expect(model.graph.architecture).toMatchObject({ padding: "same", epsilon: 1e-3, width: 0.35 });
    // One score a class by softmax is what nothing says.
    expect(model.assumptions?.map(({ about }) => about)).toEqual(["head"]);
    requests = [];
    await resolveModel("hf:google/tiny", { ...options(), offline: true });
    expect(requests).toEqual([]);
    const [kept] = await listNamed(options());
    expect(kept?.named.name).toBe("hf:google/tiny");
    expect(kept?.record.source.files).toHaveLength(3);
  });

  it("are checked against the first download from then on, and heal from the same bytes only", async () => {
    serve(base, transformersFiles(3));
    const named = findNamedWeights("hf:google/tiny", options());
    await pullNamed(named, options());
    const path = join(folder, "cache/hf/google/tiny/main/model.safetensors");
    const whole = await readFile(path);
    await writeFile(path, whole.toReversed());
    const healed = await pullNamed(named, { ...options(), onWarning: () => undefined });
    expect(Buffer.compare(healed.get("model.safetensors")!, whole)).toBe(0);
    serve(base, transformersFiles(4));
    const moved = await failure(pullNamed(named, { ...options(), force: true }));
    expect(moved.code).toBe("integrity");
    expect((await pullNamed(named, { ...options(), offline: true })).size).toBe(3);
  });

  it("may be a PyTorch file, and do without how pictures are prepared", async () => {
    const { "config.json": config, "model.safetensors": file } = transformersFiles(2);
    serve(base, { "config.json": config!, "pytorch_model.bin": file! });
    const files = await pullNamed(findNamedWeights("hf:google/tiny", options()), options());
    expect([...files.keys()]).toEqual(["pytorch_model.bin", "config.json"]);
  });

  it("are looked for in the user's folders under their name", async () => {
    const own = join(folder, "models/hf/google/tiny");
    await mkdir(own, { recursive: true });
    for (const [name, bytes] of Object.entries(transformersFiles(2))) {
      await writeFile(join(own, name), bytes);
    }
    const offline = { ...options([join(folder, "models")]), offline: true };
    expect((await resolveModel("hf:google/tiny", offline)).labels).toHaveLength(2);
    expect(requests).toEqual([]);
  });

  it("that are not there are not found, with the address and what to do", async () => {
    const error = await failure(resolveModel("hf:google/none", options()));
    expect(error.code).toBe("not-found");
    expect(error.message).toContain(`${origin()}/google/none/resolve/main/model.safetensors`);
    expect(error.message).toContain("MOBILENETV2_MODELS");
    const offline = await failure(resolveModel("hf:google/none", { ...options(), offline: true }));
    expect(offline.code).toBe("not-found");
  });

  it("load in a page", async () => {
    serve(base, transformersFiles(3));
    const model = await resolveInBrowser("hf:google/tiny", { weightsUrls: { hf: origin() } });
    expect(model.labels[0]).toBe("thing 0");
  });
});

describe("weights with the beginning of a hash in their address", () => {
  const bytes = new TextEncoder().encode("weights");
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const named = (sha256Prefix: string): PublishedWeights => ({
    name: "torchvision:mobilenet_v2",
    version: "v2",
    baseUrl: `${origin()}/`,
    files: [{ paths: ["w.pth"], sha256Prefix }],
  });

  it("are taken where it fits, else nothing is kept", async () => {
    serve("/", { "w.pth": bytes });
    for (const pullIt of [pullNamed, pullNamedInBrowser]) {
      const error = await failure(pullIt(named("00000000"), options()));
      expect(error.code).toBe("integrity");
      expect(error.message).toContain("begins with 00000000");
    }
    expect(await recordOfNamed(named("00000000"), options())).toBeUndefined();
    expect((await pullNamed(named(sha256.slice(0, 8)), options())).size).toBe(1);
    expect((await pullNamedInBrowser(named(sha256.slice(0, 8)))).size).toBe(1);
  });

  it("refuse torchvision's options, which the name settles", async () => {
    const settled = resolveModel("torchvision:mobilenet_v2", { ...options(), resolution: 96 });
    expect((await failure(settled)).code).toBe("invalid-argument");
    expect(requests).toEqual([]);
  });
});

it("belong into folders of their names, as errors and the document say", async () => {
  const text = await readFile(new URL("../../docs/models.md", import.meta.url), "utf8");
  const [, places = ""] = /Files that you have already belong ([^\n]*)/.exec(text) ?? [];
  const shown = [...places.matchAll(/`((?:hf|torchvision|keras)\/[^`]+)`/g)].map(
    ([, one = ""]) => one,
  );
  expect(shown).toHaveLength(3);
  for (const place of shown) {
    const name = place.replace("/", ":");
    const error = await failure(pullNamed(findNamedWeights(name), { ...options(), offline: true }));
    expect(error.message).toContain(`into a folder ${place} of one that MOBILENETV2_MODELS names`);
    if (name.startsWith("hf:")) continue;
    const [file = ""] = findNamedWeights(name).files[0]!.paths;
    const own = join(folder, "own");
    await mkdir(join(own, place), { recursive: true });
    await writeFile(join(own, place, file), "not the weights");
    // It is looked at: the hash that an address carries is another's, and Keras's has none.
    const found = pullNamed(findNamedWeights(name), { ...options([own]), offline: true });
    if (name.startsWith("keras:")) expect((await found).size).toBe(1);
    else expect((await failure(found)).code).toBe("integrity");
  }
});

it("describes each kind whose files say nothing", async () => {
  const torchvision = await findNamedWeights("torchvision:mobilenet_v2@v1").describe?.();
  expect(torchvision?.architecture).toMatchObject({
    padding: "symmetric",
    epsilon: 1e-5,
    classes: 1000,
  });
  expect(torchvision?.preprocess.fit).toEqual({ kind: "resize-then-crop", shortestEdge: 256 });
  expect(torchvision?.labels).toHaveLength(1000);
  expect(torchvision?.labels[281]).toBe("tabby");
  const keras = await findNamedWeights("keras:mobilenet_v2_0.5_160_no_top").describe?.();
  expect(keras?.architecture).toMatchObject({
    padding: "same",
    width: 0.5,
    resolution: [160, 160],
  });
  expect(keras?.headless).toBe(true);
});
