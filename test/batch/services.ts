/**
 * Engines of queues that a test starts for itself, where the programs are installed: on a free port, with
 * their files in a folder that is gone afterwards.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A service that runs. */
export interface Service {
  readonly url: string;
  stop(): Promise<void>;
}

/** An engine: what is missing to run it, or how it is started. */
export interface Engine {
  readonly name: string;
  readonly missing: string | undefined;
  start(): Promise<Service>;
}

function findProgram(name: string, folders: readonly string[]): string | undefined {
  const paths = [...folders, ...(process.env["PATH"] ?? "").split(":")].map((folder) =>
    join(folder, name),
  );
  return paths.find((path) => existsSync(path));
}

const postgresFolders = ((): readonly string[] => {
  const base = "/usr/lib/postgresql";
  return existsSync(base) ? readdirSync(base).map((version) => join(base, version, "bin")) : [];
})();

/** PostgreSQL refuses to be run by root. */
const user: { readonly uid?: number; readonly gid?: number } =
  process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

async function untilOutput(child: ChildProcess, words: RegExp): Promise<void> {
  let text = "";
  await new Promise<void>((ready, fail) => {
    const hear = (piece: Buffer): void => {
      text += piece.toString();
      if (words.test(text)) ready();
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.on("error", fail);
    child.on("exit", (code) => fail(new Error(`ended with ${code}: ${text}`)));
  });
}

async function run(
  [program = "", ...args]: readonly string[],
  { folder, ready, url, asUser }: { folder: string; ready: RegExp; url: string; asUser: object },
): Promise<Service> {
  const child = spawn(program, args, { ...asUser, cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  await untilOutput(child, ready);
  child.removeAllListeners("exit");
  return {
    url,
    async stop() {
      const gone = new Promise((ended) => child.once("exit", ended));
      child.kill("SIGINT");
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const redis = findProgram("redis-server", []) ?? findProgram("valkey-server", []);
const initdb = findProgram("initdb", postgresFolders);
const postgres = findProgram("postgres", postgresFolders);

/** The engines that the queue is tested on. */
export const engines: readonly Engine[] = [
  {
    name: "Redis",
    missing: redis === undefined ? "redis-server is not installed" : undefined,
    async start() {
      const [port, folder] = [await freePort(), mkdtempSync(join(tmpdir(), "redis-"))];
      const args = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--dir", folder];
      return await run([redis!, ...args], {
        ...{ folder, ready: /Ready to accept connections/, asUser: {} },
        url: `redis://127.0.0.1:${port}`,
      });
    },
  },
  {
    name: "PostgreSQL",
    missing:
      initdb === undefined || postgres === undefined ? "postgresql is not installed" : undefined,
    async start() {
      const [port, folder] = [await freePort(), mkdtempSync(join(tmpdir(), "postgres-"))];
      if (user.uid !== undefined) chownSync(folder, user.uid, user.uid);
      else chmodSync(folder, 0o700);
      const data = join(folder, "data");
      const made = spawnSync(initdb!, ["-D", data, "-U", "batch", "-A", "trust", "-N"], {
        ...user,
        cwd: folder,
        encoding: "utf8",
      });
      if (made.status !== 0) throw new Error(made.stderr);
      const args = ["-D", data, "-p", `${port}`, "-k", folder, "-F", "-h", "127.0.0.1"];
      return await run([postgres!, ...args], {
        ...{ folder, ready: /ready to accept connections/, asUser: user },
        url: `postgres://batch@127.0.0.1:${port}/postgres`,
      });
    },
  },
];
