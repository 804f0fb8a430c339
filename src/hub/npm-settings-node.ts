/**
 * The user's npm settings, found where npm finds them: the environment (`npm_config_…`), the project's,
 * the user's and the global `.npmrc`, in this order. They say which registry has a package, who may read
 * it, and through what the web is reached. Files are only read, never written.
 */
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { kindOf, readText } from "../disk/read-node.ts";
import { MobileNetError } from "../errors.ts";
import { folderAddress } from "./web-address.ts";

/** Settings by npm's names: `registry`, `https-proxy`, `//host/:_authToken` … */
export type NpmSettings = Readonly<Record<string, string | readonly string[]>>;

/** Who asks a registry. */
export interface Credentials {
  /** The header `authorization`. */
  readonly authorization?: string;
  /** Paths of a client's certificate and key. */
  readonly certificate?: { readonly certfile: string; readonly keyfile: string };
}

const npmRegistry = "https://registry.npmjs.org/";

/** The user's settings; those of the environment come before those of files. */
export async function loadNpmSettings(
  env: NodeJS.ProcessEnv = process.env,
  folder: string = process.cwd(),
): Promise<NpmSettings> {
  const fromEnv = environmentSettings(env);
  const userFile = pathText(fromEnv, "userconfig", env) ?? join(homeOf(env), ".npmrc");
  const projectFile = await projectSettingsFile(folder);
  const project =
    projectFile === undefined || projectFile === userFile ? {} : await readFile(projectFile, env);
  const user = await readFile(userFile, env);
  const own = { ...user, ...project, ...fromEnv };
  const global = await readFile(globalSettingsFile(own, env), env);
  return { ...(await readFile(builtInFile(), env)), ...global, ...own };
}

/** A setting's text; nothing where it is not set, or set to nothing. */
export function settingText(settings: NpmSettings, name: string): string | undefined {
  const value = settings[name];
  const text = typeof value === "string" ? value : value?.[0];
  return text === undefined || ["", "null", "undefined", "false"].includes(text) ? undefined : text;
}

/** The setting of a path; `~/` is the user's folder. */
function pathText(settings: NpmSettings, name: string, env: NodeJS.ProcessEnv): string | undefined {
  const text = settingText(settings, name);
  return text === undefined ? undefined : expandHome(text, env);
}

/** A path with the user's folder for a `~` at its beginning, as npm takes it. */
export function expandHome(path: string, env: NodeJS.ProcessEnv): string {
  return /^~[/\\]/.test(path) ? join(homeOf(env), path.slice(2)) : path;
}

function homeOf(env: NodeJS.ProcessEnv): string {
  return env["HOME"] ?? env["USERPROFILE"] ?? homedir();
}

/**
 * The registry of a package, with its slash at the end, and with the name and password that are in it.
 *
 * @throws MobileNetError `invalid-argument` where it is no address, or one with a query or fragment.
 */
export function registryOf(settings: NpmSettings, packageName: string): string {
  const scope = packageName.startsWith("@") ? packageName.split("/")[0] : undefined;
  const own = scope === undefined ? undefined : settingText(settings, `${scope}:registry`);
  const registry = own ?? settingText(settings, "registry") ?? npmRegistry;
  const setting = own === undefined ? "registry" : `${scope}:registry`;
  const remedy = `Correct it: npm config get ${setting}`;
  return folderAddress(registry, { name: `npm's setting ${setting}`, remedy }).href;
}

/** What the settings say for an address: those for its host and the longest part of its path. */
export function credentialsFor(settings: NpmSettings, url: URL): Credentials {
  for (let path = url.pathname.replace(/[^/]*$/, ""); ; path = path.replace(/[^/]*\/$/, "")) {
    // npm itself knows them with and without the slash before the colon.
    for (const place of [`//${url.host}${path}`, `//${url.host}${path.replace(/\/$/, "")}`]) {
      const found = credentialsAt(settings, place);
      if (found !== undefined) return found;
    }
    if (path === "/" || path === "") return {};
  }
}

function credentialsAt(settings: NpmSettings, place: string): Credentials | undefined {
  const setting = (name: string): string | undefined => settingText(settings, `${place}:${name}`);
  const [token, basic] = [setting("_authToken"), setting("_auth")];
  const [user, password] = [setting("username"), setting("_password")];
  const [certfile, keyfile] = [setting("certfile"), setting("keyfile")];
  const certificate =
    certfile !== undefined && keyfile !== undefined ? { certificate: { certfile, keyfile } } : {};
  const header = (authorization: string): Credentials => ({ authorization, ...certificate });
  if (token !== undefined) return header(`Bearer ${token}`);
  if (basic !== undefined) return header(`Basic ${basic}`);
  if (user !== undefined && password !== undefined) {
    const plain = Buffer.from(password, "base64").toString("utf8");
    return header(`Basic ${Buffer.from(`${user}:${plain}`).toString("base64")}`);
  }
  return "certificate" in certificate ? certificate : undefined;
}

function environmentSettings(env: NodeJS.ProcessEnv): NpmSettings {
  const settings: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    const [, key] = /^npm_config_(.+)$/i.exec(name) ?? [];
    if (key === undefined || value === undefined || value === "") continue;
    const known = key.startsWith("//") ? key : key.replace(/(?!^)_/g, "-").toLowerCase();
    settings[known] = value;
  }
  return settings;
}

/** The `.npmrc` of the project that a folder is part of, as npm finds it. */
async function projectSettingsFile(folder: string): Promise<string | undefined> {
  for (let place = folder; ; place = dirname(place)) {
    const isProject =
      (await kindOf(join(place, "package.json"))) === "file" ||
      (await kindOf(join(place, "node_modules"))) === "folder";
    if (isProject) return join(place, ".npmrc");
    if (place === dirname(place)) return join(folder, ".npmrc");
  }
}

function globalSettingsFile(settings: NpmSettings, env: NodeJS.ProcessEnv): string {
  const given = pathText(settings, "globalconfig", env);
  if (given !== undefined) return given;
  const windows = process.platform === "win32";
  const beside = windows ? dirname(process.execPath) : dirname(dirname(process.execPath));
  const prefix =
    pathText(settings, "prefix", env) ??
    (windows && env["APPDATA"] ? join(env["APPDATA"], "npm") : (env["PREFIX"] ?? beside));
  return join(prefix, "etc", "npmrc");
}

/** What whoever packed npm set, beside npm itself. */
function builtInFile(): string {
  const folder = dirname(process.execPath);
  const modules =
    process.platform === "win32"
      ? join(folder, "node_modules")
      : join(folder, "../lib/node_modules");
  return join(modules, "npm", "npmrc");
}

/** A file's settings; none where there is no file. */
async function readFile(path: string, env: NodeJS.ProcessEnv): Promise<NpmSettings> {
  let text: string;
  try {
    text = await readText(path);
  } catch (error) {
    // As npm does: what cannot be read says nothing.
    if (error instanceof MobileNetError && ["not-found", "io"].includes(error.code)) return {};
    throw error;
  }
  const { parse } = await import("ini");
  const settings: Record<string, string | readonly string[]> = {};
  for (const [key, value] of Object.entries(parse(text))) {
    const name = expand(key, env);
    if (Array.isArray(value)) settings[name] = value.map((each) => expand(wordOf(each), env));
    else if (typeof value !== "object") settings[name] = expand(wordOf(value), env);
  }
  return settings;
}

/** A value as text; a name alone means yes. */
function wordOf(value: unknown): string {
  return typeof value === "string" ? value : value === false ? "false" : "true";
}

/** `${NAME}` is the environment's; `${NAME?}` nothing where it has none. */
function expand(text: string, env: NodeJS.ProcessEnv): string {
  return text.replace(/(?<!\\)(\\*)\$\{([^${}]+)\}/g, (whole, marks: string, name: string) => {
    if (marks.length % 2 === 1) return whole.slice((marks.length + 1) / 2);
    const wanted = name.replace(/\?$/, "");
    return marks.slice(marks.length / 2) + (env[wanted] ?? (wanted === name ? `\${${name}}` : ""));
  });
}
