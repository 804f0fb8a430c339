/**
 * The user's npm settings, as npm itself reads them: registry, proxies, certificates, tokens and
 * cache from the environment and every `.npmrc`. Without npm's own reader only the environment
 * counts, which `npm exec` and `npx` fill in.
 */
import { homedir } from "node:os";
import { join } from "node:path";

/** Options as pacote and its fetcher name them. */
export type NpmOptions = Readonly<Record<string, unknown>>;

/** What is used of npm's reader; it publishes no types. */
interface ConfigModule {
  readonly default: new (options: {
    definitions: unknown;
    shorthands: unknown;
    flatten: unknown;
    npmPath: string;
    argv: readonly string[];
    env: NodeJS.ProcessEnv;
  }) => { load(): Promise<unknown>; readonly flat: NpmOptions };
}
interface DefinitionsModule {
  readonly default: { definitions: unknown; shorthands: unknown; flatten: unknown };
}

/** A short patience: npm's own would let a user without a network wait for more than a minute. */
const retry = { retries: 2, factor: 2, minTimeout: 500, maxTimeout: 2_000 };

/** The user's settings as pacote's options. */
export async function loadNpmOptions(env: NodeJS.ProcessEnv = process.env): Promise<NpmOptions> {
  return { ...((await fromNpm(env)) ?? fromEnvironment(env)), retry };
}

async function fromNpm(env: NodeJS.ProcessEnv): Promise<NpmOptions | undefined> {
  // Untyped and optional: held in variables, so that neither compilers nor bundlers look for it.
  const [name, definitions]: readonly [string, string] = [
    "@npmcli/config",
    "@npmcli/config/lib/definitions/index.js",
  ];
  try {
    const { default: Config } = (await import(name)) as ConfigModule;
    const { default: known } = (await import(definitions)) as DefinitionsModule;
    const npmPath = join(process.execPath, "..", "..", "lib", "node_modules", "npm");
    // npm's reader writes settings into the environment that it is given: a copy, not the process's.
    const config = new Config({ ...known, npmPath, argv: [], env: { ...env } });
    await config.load();
    return config.flat;
  } catch {
    return undefined;
  }
}

function fromEnvironment(env: NodeJS.ProcessEnv): NpmOptions {
  const setting = (name: string): string | undefined =>
    env[`npm_config_${name}`] || env[`NPM_CONFIG_${name.toUpperCase()}`] || undefined;
  const options = {
    registry: setting("registry"),
    httpsProxy: setting("https_proxy"),
    proxy: setting("proxy"),
    noProxy: setting("noproxy"),
    cache: join(setting("cache") ?? join(homedir(), ".npm"), "_cacache"),
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
