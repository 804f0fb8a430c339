import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { credentialsFor, loadNpmSettings, registryOf } from "./npm-settings-node.ts";

let home: string;
let project: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "npm-settings-"));
  project = join(home, "work/project");
  await mkdir(join(project, "src/deep"), { recursive: true });
  await writeFile(join(project, "package.json"), "{}");
  await mkdir(join(home, "global/etc"), { recursive: true });
});

afterEach(() => rm(home, { recursive: true }));

const environment = (more: Record<string, string> = {}) => ({
  HOME: home,
  npm_config_prefix: join(home, "global"),
  ...more,
});
const variable = (name: string): string => `$${"{"}${name}}`;
const load = (more?: Record<string, string>) =>
  loadNpmSettings(environment(more), join(project, "src/deep"));

describe("npm's settings", () => {
  it("come from the environment, the project, the user and all users, in this order", async () => {
    await writeFile(join(home, "global/etc/npmrc"), "registry=https://all/\nproxy=http://all:1\n");
    await writeFile(
      join(home, ".npmrc"),
      "registry=https://user/\nnoproxy=user\ncafile=user.pem\n",
    );
    await writeFile(join(project, ".npmrc"), "registry = https://project/\nnoproxy=project\n");
    const settings = await load({ NPM_CONFIG_REGISTRY: "https://env/" });
    expect(settings["registry"]).toBe("https://env/");
    expect(settings["noproxy"]).toBe("project");
    expect(settings["cafile"]).toBe("user.pem");
    expect(settings["proxy"]).toBe("http://all:1");
    expect((await load())["registry"]).toBe("https://project/");
    const other = join(home, "other");
    await writeFile(other, "registry=https://other/\n");
    expect((await load({ npm_config_userconfig: other }))["cafile"]).toBeUndefined();
  });

  it("take values of the environment, lists, comments and quotes", async () => {
    const text = [
      "; a comment",
      "# another",
      `//registry.example.org/:_authToken = ${variable("SOME_TOKEN")}`,
      `email=${variable("NOT_THERE?")}`,
      `user-agent=${variable("NOT_THERE")}`,
      "ca[]=one",
      "ca[]=two",
      'noproxy="a, b"',
      "strict-ssl=false",
    ].join("\n");
    await writeFile(join(home, ".npmrc"), text);
    const settings = await load({ SOME_TOKEN: "secret", npm_config_fetch_retries: "5" });
    expect(settings).toMatchObject({
      "//registry.example.org/:_authToken": "secret",
      email: "",
      "user-agent": variable("NOT_THERE"),
      ca: ["one", "two"],
      noproxy: "a, b",
      "strict-ssl": "false",
      "fetch-retries": "5",
    });
  });

  it("leave the environment as it is", async () => {
    const env = environment({ npm_config_registry: "https://registry.example.org/" });
    const before = { ...env };
    await loadNpmSettings(env, project);
    expect(env).toEqual(before);
  });

  it("are none where a folder stands in a file's place", async () => {
    await mkdir(join(home, ".npmrc"));
    expect((await load())["registry"]).toBeUndefined();
  });

  it("name a scope's registry, and who asks it", () => {
    const settings = {
      registry: "https://all.example.org/npm",
      "@made-up:registry": "https://own.example.org:8443/api/npm/",
      "//own.example.org:8443/api/npm/:_authToken": "token",
      "//all.example.org/:username": "ada",
      "//all.example.org/:_password": Buffer.from("pass").toString("base64"),
      "//third.example.org/npm/:_auth": "YTpi",
    };
    expect(registryOf(settings, "plain")).toBe("https://all.example.org/npm/");
    expect(registryOf(settings, "@made-up/x")).toBe("https://own.example.org:8443/api/npm/");
    expect(registryOf({}, "plain")).toBe("https://registry.npmjs.org/");
    const asked = (url: string) => credentialsFor(settings, new URL(url)).authorization;
    expect(asked("https://own.example.org:8443/api/npm/@made-up%2fx")).toBe("Bearer token");
    expect(asked("https://own.example.org:8443/other/x")).toBeUndefined();
    expect(asked("https://own.example.org/api/npm/x")).toBeUndefined();
    const basic = Buffer.from("ada:pass").toString("base64");
    expect(asked("https://all.example.org/npm/a/-/a-1.tgz")).toBe(`Basic ${basic}`);
    expect(asked("https://third.example.org/npm/a")).toBe("Basic YTpi");
    expect(asked("https://fourth.example.org/")).toBeUndefined();
  });
});
