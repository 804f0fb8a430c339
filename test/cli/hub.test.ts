/** The program from outside: models, without a network, with a broken cache, interrupted. */
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer as createWebServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { missingModel, mobilenetv2 } from "./program.ts";

const photo = "examples/images/coffee.png";

let cache: string;
let missing: string | undefined;
/** A registry where nobody listens. */
let nowhere: Readonly<Record<string, string>>;

beforeAll(async () => {
  missing = await missingModel("nsfw");
  const server = await listen(() => {});
  nowhere = registry(server);
  await new Promise((resolve) => server.close(resolve));
});

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), "hub-"));
  return () => rmSync(cache, { recursive: true });
});

function listen(onConnection: () => void): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer(onConnection).listen(0, "127.0.0.1", () => resolve(server));
  });
}

function registry(server: Server): Readonly<Record<string, string>> {
  const { port } = server.address() as AddressInfo;
  return { npm_config_registry: `http://127.0.0.1:${port}/`, npm_config_noproxy: "127.0.0.1" };
}

/** The environment of an empty cache and of npm's own cache as empty. */
function isolated(): Record<string, string> {
  return {
    ...nowhere,
    MOBILENETV2_CACHE: join(cache, "models"),
    npm_config_cache: join(cache, "npm"),
  };
}

function modelFiles(): readonly string[] {
  try {
    return readdirSync(join(cache, "models"), { recursive: true, encoding: "utf8" })
      .map((name) => join(cache, "models", name))
      .filter((path) => statSync(path).isFile());
  } catch {
    return [];
  }
}

/** Copies the model into the test's own cache. */
async function copyModel(): Promise<readonly string[]> {
  const { stdout } = await mobilenetv2(["models", "path", "nsfw"]);
  const version = stdout.trim();
  cpSync(dirname(version), join(cache, "models/nsfw"), { recursive: true });
  return modelFiles();
}

describe("without a network and without a cached model", () => {
  it.each([
    [["classify", photo, "-m", "nsfw"]],
    [["models", "pull", "nsfw"]],
    [["profile", "-m", "nsfw"]],
  ])("%j exits with 1, one line that says what to do, and an empty cache", async (args) => {
    const { code, stdout, stderr } = await mobilenetv2(args, { environment: isolated() });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^mobilenetv2: error: [^\n]+\n$/);
    expect(stderr).toMatch(/cannot be downloaded.*Check the connection/);
    expect(modelFiles()).toEqual([]);
  });

  it("still lists what there is, and where it would be", async () => {
    const { code, stdout } = await mobilenetv2(["models", "--json"], { environment: isolated() });
    expect(code).toBe(0);
    const records = JSON.parse(stdout);
    const names = records.map(({ name }: { name: string }) => name);
    expect(names).toEqual(expect.arrayContaining(["ssdlite-coco", "deeplabv3-voc", "nsfw"]));
    for (const { name, cached, path } of records) {
      const carried = name === "cifar10";
      expect([name, cached]).toEqual([name, carried]);
      expect(path.startsWith(join(cache, "models"))).toBe(!carried);
    }
  });

  it("names pictures by the model that the package carries", async () => {
    const args = ["classify", "examples/images/chelsea.png", "--model", "cifar10", "--json"];
    const { code, stdout } = await mobilenetv2(args, { environment: isolated() });
    expect(code).toBe(0);
    const { predictions } = [JSON.parse(stdout)].flat()[0];
    expect(predictions[0].label).toBe("cat");
    expect(predictions[0].score).toBeGreaterThan(0.8);
    expect(modelFiles()).toEqual([]);
  });
});

describe("weights by their publisher's name", () => {
  it("are pulled once, listed with their hash, verified and removed", async () => {
    const files = { "config.json": "{}", "model.safetensors": "weights" };
    const server = createWebServer((request, response) => {
      const name = (request.url ?? "").replace("/a/b/resolve/main/", "");
      const found = Object.entries(files).find(([path]) => path === name);
      response.statusCode = found === undefined ? 404 : 200;
      response.end(found?.[1]);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const environment = { ...isolated(), MOBILENETV2_HF_URL: `http://127.0.0.1:${port}` };
    const models = async (...args: string[]) => {
      const { stdout, code } = await mobilenetv2(["models", ...args, "--json"], { environment });
      return { code, items: JSON.parse(stdout) };
    };
    try {
      const pulled = await models("pull", "hf:a/b");
      expect(pulled).toMatchObject({ code: 0, items: [{ name: "hf:a/b" }] });
      expect(pulled.items[0].files).toEqual(["model.safetensors", "config.json"]);
    } finally {
      server.close();
    }
    expect(await models("verify", "hf:a/b")).toMatchObject({ code: 0, items: [{ intact: true }] });
    const { items } = await models();
    expect(items.at(-1)).toMatchObject({
      name: "hf:a/b",
      cached: true,
      pinned: "the first download's hash",
    });
    expect(await models("remove", "hf:a/b")).toMatchObject({ items: [{ removed: true }] });
    expect(modelFiles()).toEqual([]);
    expect(await models("verify", "hf:a/b")).toMatchObject({ code: 1, items: [{ intact: false }] });
  });

  it("are refused as misuse where there are none such", async () => {
    const { code, stderr } = await mobilenetv2(["classify", photo, "-m", "keras:mobilenet_v2_9_9"]);
    expect(code).toBe(2);
    expect(stderr).toContain("keras:mobilenet_v2_ALPHA_ROWS[_no_top]");
  });
});

describe("a cached model", () => {
  it("works without a network, can be verified and removed", async ({ skip }) => {
    skip(missing !== undefined, missing);
    await copyModel();
    const environment = isolated();
    expect(await mobilenetv2(["models", "verify", "nsfw"], { environment })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("intact"),
    });
    expect(
      await mobilenetv2(["classify", photo, "-m", "nsfw", "--json"], { environment }),
    ).toMatchObject({
      code: 0,
      stderr: "",
    });
    const removal = await mobilenetv2(["models", "remove", "nsfw", "--json"], { environment });
    expect(JSON.parse(removal.stdout)).toEqual([{ schemaVersion: 1, name: "nsfw", removed: true }]);
    expect(modelFiles()).toEqual([]);
  });

  it("is listed as local where a folder of the user's has its files", async ({ skip }) => {
    skip(missing !== undefined, missing);
    const [path = ""] = await copyModel();
    const folder = dirname(path);
    const elsewhere = { ...isolated(), MOBILENETV2_CACHE: join(cache, "empty") };
    const environment = { ...elsewhere, MOBILENETV2_MODELS: folder };
    const { stdout } = await mobilenetv2(["models", "list"], { environment });
    expect(stdout).toMatch(/^nsfw +classify .* local +MIT/m);
    expect(stdout).toMatch(/^ssdlite-coco +detect .* no +Apache/m);
    expect(stdout).toContain(`\nlocal, by MOBILENETV2_MODELS: ${folder}\n`);
    const json = ["models", "list", "nsfw", "--json"];
    expect(JSON.parse((await mobilenetv2(json, { environment })).stdout)).toMatchObject([
      { name: "nsfw", cached: false, local: folder },
    ]);
    const other = await mobilenetv2(json, {
      environment: { ...elsewhere, MOBILENETV2_MODELS: "" },
    });
    expect(JSON.parse(other.stdout)[0].local).toBeUndefined();
  });

  it("that was cut short is reported, and not used", async ({ skip }) => {
    skip(missing !== undefined, missing);
    const [path] = await copyModel();
    truncateSync(path as string, 1000);
    const environment = isolated();
    const verified = await mobilenetv2(["models", "verify", "nsfw", "--json"], { environment });
    expect(verified.code).toBe(1);
    expect(JSON.parse(verified.stdout)[0]).toMatchObject({ name: "nsfw", intact: false });
    const { code, stderr } = await mobilenetv2(["classify", photo, "-m", "nsfw"], { environment });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^mobilenetv2: note: [^\n]+ nsfw are damaged[^\n]+\nmobilenetv2: error: [^\n]+\n$/,
    );
  });

  it("with other bytes of the same number is found by verify", async ({ skip }) => {
    skip(missing !== undefined, missing);
    const [path] = await copyModel();
    const bytes = readFileSync(path as string);
    bytes.fill(0, bytes.length / 2, bytes.length / 2 + 64);
    writeFileSync(path as string, bytes);
    const environment = isolated();
    const verified = await mobilenetv2(["models", "verify", "nsfw"], { environment });
    expect(verified.code).toBe(1);
    expect(verified.stdout).toContain("mobilenetv2 models pull --force nsfw");
  });
});

describe("Ctrl-C", () => {
  let server: Server;
  afterAll(() => server.close());

  it("during a download exits with 130 and leaves no file", async ({ skip }) => {
    skip(process.platform === "win32", "there are no signals here");
    let interrupt = (): void => {};
    // A registry that takes the call and never answers.
    server = await listen(() => interrupt());
    const { code, stdout, stderr } = await mobilenetv2(["classify", photo, "-m", "nsfw"], {
      environment: { ...isolated(), ...registry(server) },
      onStart: (kill) => {
        // Once: Node's fetch connects anew where what it was connected for is given up.
        interrupt = () => {
          interrupt = () => {};
          kill("SIGINT");
        };
      },
    });
    expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
    expect(stderr).toContain("interrupted");
    expect(modelFiles()).toEqual([]);
  });
});
