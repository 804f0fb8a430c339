/**
 * How Node reaches the web: through the proxies and with the certificates that npm's settings and the
 * environment name, again where an attempt fails. Without any of these Node's own `fetch` does it; else
 * `undici`, the same by itself, which is loaded only then.
 */

import { setTimeout } from "node:timers/promises";
import { loadUndici, type UndiciModule } from "../disk/packages-node.ts";
import { readText } from "../disk/read-node.ts";
import { describeError, MobileNetError, throwIfAborted } from "../errors.ts";
import { quote } from "../untrusted.ts";
import {
  type Ask,
  type FetchOptions,
  fetchBytes,
  type GetBytes,
  proxyAnswered,
} from "./fetch-url.ts";
import {
  type Credentials,
  credentialsFor,
  expandHome,
  loadNpmSettings,
  type NpmSettings,
  settingText,
} from "./npm-settings-node.ts";
import { plain } from "./web-address.ts";

/** How downloads reach the web. */
export interface ConnectionOptions extends Pick<FetchOptions, "stallTimeout"> {
  /**
   * npm's settings by their names (`registry`, `https-proxy`, `cafile`, `fetch-retries`,
   * `//host/:_authToken` …), instead of those of the environment and every `.npmrc`.
   */
  readonly npmSettings?: NpmSettings | undefined;
}

/** The web, as the settings reach it. */
export interface Connection {
  readonly settings: NpmSettings;
  /** One file's bytes; again where an attempt fails and another may not. */
  readonly get: GetBytes;
  /** Asks a registry, as whom the settings say. */
  readonly askRegistry: Ask;
  /** Does an attempt, and again as often as the settings allow. */
  retry<T>(attempt: () => Promise<T>, signal: AbortSignal | undefined): Promise<T>;
  /** Milliseconds without a byte that end a download. */
  readonly stallTimeout: number | undefined;
}

/** A connection by these options, or the user's settings. */
export async function connect(
  options: ConnectionOptions = {},
  env: NodeJS.ProcessEnv = process.env,
): Promise<Connection> {
  const settings = options.npmSettings ?? (await loadNpmSettings(env));
  const ways = new Map<string, Promise<Ask>>();
  const wayFor = (registry: boolean, { certificate }: Credentials): Promise<Ask> => {
    const key = JSON.stringify([registry, certificate]);
    const way = ways.get(key) ?? makeWay({ settings, env, registry, certificate });
    ways.set(key, way);
    return way;
  };
  const ask: Ask = async (url, init) => (await wayFor(false, {}))(url, init);
  const askRegistry: Ask = async (url, init) => {
    const { authorization, ...own } = credentialsFor(settings, url);
    const headers = { ...init.headers, ...(authorization && { authorization }) };
    return (await wayFor(true, own))(url, { ...init, headers });
  };
  const patience = patienceOf(settings);
  const retry: Connection["retry"] = (attempt, signal) => retrying(attempt, patience, signal);
  const stallTimeout = options.stallTimeout ?? stallTimeoutOf(settings, env);
  return {
    settings,
    askRegistry,
    retry,
    stallTimeout,
    get(url, budget, { signal, onBytes }) {
      return retry(async () => {
        let received = 0;
        const counted = (bytes: number): void => {
          received += bytes;
          onBytes?.(bytes);
        };
        try {
          return await fetchBytes(url, budget, { signal, stallTimeout, ask, onBytes: counted });
        } catch (error) {
          if (isWorthAnother(error)) {
            // Another attempt begins anew.
            budget.take(-received, url.href);
            if (received > 0) onBytes?.(-received);
          }
          throw error;
        }
      }, signal);
    },
  };
}

/** How often, and after how many milliseconds, another attempt is made. */
interface Patience {
  readonly retries: number;
  readonly factor: number;
  readonly least: number;
  readonly most: number;
}

/** Without settings a short patience: npm's own lets a user without a network wait for more than a minute. */
function patienceOf(settings: NpmSettings): Patience {
  const number = (name: string, otherwise: number): number => {
    const value = Number(settingText(settings, name) ?? settings[name] ?? Number.NaN);
    return value >= 0 && value < 2 ** 31 ? value : otherwise;
  };
  return {
    retries: number("fetch-retries", 2),
    factor: number("fetch-retry-factor", 2),
    least: number("fetch-retry-mintimeout", 500),
    most: number("fetch-retry-maxtimeout", 2_000),
  };
}

async function retrying<T>(
  attempt: () => Promise<T>,
  { retries, factor, least, most }: Patience,
  signal: AbortSignal | undefined,
): Promise<T> {
  for (let failed = 0; ; failed++) {
    try {
      return await attempt();
    } catch (error) {
      throwIfAborted(signal);
      if (failed >= retries || !isWorthAnother(error)) throw error;
      await setTimeout(Math.min(least * factor ** failed, most), undefined, { signal }).catch(() =>
        throwIfAborted(signal),
      );
    }
  }
}

/** Whether the same question may be answered another time: not what a server refused. */
function isWorthAnother(error: unknown): boolean {
  if (!(error instanceof MobileNetError) || error.code !== "network") return false;
  const status = (error.received ?? "").replace(proxyAnswered, "");
  return !/^4(?!08|29)\d\d$/.test(status);
}

/** `MOBILENETV2_STALL_TIMEOUT`, else npm's `fetch-timeout`, where the user set one. */
function stallTimeoutOf(settings: NpmSettings, env: NodeJS.ProcessEnv): number | undefined {
  const named = env["MOBILENETV2_STALL_TIMEOUT"] || undefined;
  const text = named ?? settingText(settings, "fetch-timeout");
  if (text === undefined) return undefined;
  const value = Number(text);
  if (value >= 1 && value < 2 ** 31) return value;
  if (named === undefined) return undefined;
  throw new MobileNetError("invalid-argument", "MOBILENETV2_STALL_TIMEOUT is no time", {
    expected: "milliseconds, 1 or more",
    received: quote(text),
  });
}

interface Way {
  readonly settings: NpmSettings;
  readonly env: NodeJS.ProcessEnv;
  /** To a registry, to which `strict-ssl` belongs. */
  readonly registry: boolean;
  readonly certificate: Credentials["certificate"];
}

async function makeWay({ settings, env, registry, certificate }: Way): Promise<Ask> {
  const variable = (name: string): string | undefined =>
    env[name.toLowerCase()] || env[name] || undefined;
  const httpProxy = settingText(settings, "proxy") ?? variable("HTTP_PROXY");
  const httpsProxy =
    settingText(settings, "https-proxy") ??
    settingText(settings, "proxy") ??
    variable("HTTPS_PROXY") ??
    httpProxy;
  const noProxy = listOf(settings, "noproxy") ?? listOf(settings, "no-proxy");
  const cafile = settingText(settings, "cafile");
  const ca =
    cafile === undefined ? authorities(settings) : [await readSetting("cafile", cafile, env)];
  const tls = {
    ...(ca && { ca }),
    ...(registry && settings["strict-ssl"] === "false" && { rejectUnauthorized: false }),
    ...(certificate && {
      cert: await readSetting("certfile", certificate.certfile, env),
      key: await readSetting("keyfile", certificate.keyfile, env),
    }),
  };
  const direct = httpProxy === undefined && httpsProxy === undefined;
  if (direct && Object.keys(tls).length === 0) return plainly;
  const undici = await undiciHere().catch((error: unknown) => {
    // Node may know the authorities itself, by NODE_EXTRA_CA_CERTS.
    if (direct && Object.keys(tls).join() === "ca") return undefined;
    throw error;
  });
  if (undici === undefined) return plainly;
  const dispatcher = new undici.EnvHttpProxyAgent({
    // Empty ones, so that it does not look for its own.
    httpProxy: addressOfProxy(httpProxy),
    httpsProxy: addressOfProxy(httpsProxy),
    noProxy: noProxy ?? variable("NO_PROXY") ?? "",
    connect: tls,
    requestTls: tls,
    proxyTls: ca ? { ca } : {},
    proxyTunnel: false,
  });
  // Its fetch is Node's by another release: the answers are alike.
  return (url, init) =>
    direct && url.protocol === "http:"
      ? plainly(url, init)
      : (undici.fetch(url, { ...init, dispatcher }) as unknown as Promise<Response>);
}

/** The text of a file that a setting names. */
async function readSetting(name: string, path: string, env: NodeJS.ProcessEnv): Promise<string> {
  const place = expandHome(path, env);
  return await readText(place).catch((cause: unknown) => {
    throw new MobileNetError(
      "invalid-argument",
      `the file of npm's setting ${name} cannot be read`,
      {
        node: place,
        received: describeError(cause),
        remedy: "Correct the path in npm's settings, or remove the setting.",
        cause,
      },
    );
  });
}

/** Node's own way, whatever stands in its place when it is used. */
const plainly: Ask = (url, init) => fetch(url, init);

/** A proxy's address; npm takes one without `http://` too. */
function addressOfProxy(text: string | undefined): string {
  if (text === undefined) return "";
  const address = /^\w+:\/\//.test(text) ? text : `http://${text}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol === "http:" || url?.protocol === "https:") {
    // A percent sign that means nothing would end undici's reading of them.
    url.username = encodeURIComponent(plain(url.username));
    url.password = encodeURIComponent(plain(url.password));
    return url.href;
  }
  throw new MobileNetError("invalid-argument", "the proxy's address cannot be used", {
    // It may have a password in it.
    expected: "http://… or https://… in HTTPS_PROXY, HTTP_PROXY or npm's settings",
    received: url?.protocol ?? "another text",
    remedy: "Correct it, or name the hosts that need no proxy in NO_PROXY.",
  });
}

function authorities(settings: NpmSettings): string[] | undefined {
  const { ca } = settings;
  if (ca === undefined || settingText(settings, "ca") === undefined) return undefined;
  const texts = typeof ca === "string" ? ca.split("\n\n") : ca;
  return texts.map((text) => text.replace(/\\n/g, "\n"));
}

function listOf(settings: NpmSettings, name: string): string | undefined {
  const value = settings[name];
  return typeof value === "string" ? value : value?.join(",");
}

async function undiciHere(): Promise<UndiciModule> {
  try {
    return await loadUndici();
  } catch (cause) {
    throw new MobileNetError("missing-dependency", "a proxy or certificate needs undici", {
      remedy:
        "Run: npm install undici, or do without the proxy (HTTPS_PROXY, HTTP_PROXY, npm's proxy and https-proxy) and without npm's ca, cafile and strict-ssl.",
      cause,
    });
  }
}
