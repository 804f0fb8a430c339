/**
 * Engines of queues that a test starts for itself, where the programs are installed: on a free port, with
 * their files in a folder that is gone afterwards.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
} from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Machine } from "./networks.ts";

/** A service that runs. */
export interface Service {
  readonly url: string;
  readonly port: number;
  /** Kills it without a word and starts it again on the same port after so long. */
  restart(afterMilliseconds: number): Promise<void>;
  stop(): Promise<void>;
}

/** An engine: what is missing to run it, or how it is started. */
export interface Engine {
  readonly name: string;
  readonly missing: string | undefined;
  /** @param machine - Where it runs. Default: this machine, for none but this. */
  start(machine?: Pick<Machine, "address" | "inside">): Promise<Service>;
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

/** The same for a program that starts another. */
const asNobody = user.uid === undefined ? [] : [`--setuid=${user.uid}`, `--setgid=${user.gid}`];

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

interface Program {
  readonly command: readonly [program: string, ...args: string[]];
  /** The folder of its files. */
  readonly folder: string;
  /** What it says once it can be asked. */
  readonly ready: RegExp;
  readonly port: number;
  readonly asUser: object;
  readonly inside: readonly string[];
}

const here = { address: "127.0.0.1", inside: [] };

async function launch({ command, folder, ready, asUser, inside }: Program): Promise<ChildProcess> {
  const [program = "", ...args] = [...inside, ...command];
  const child = spawn(program, args, { ...asUser, cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  await untilOutput(child, ready);
  child.removeAllListeners("exit");
  return child;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const gone = new Promise((ended) => child.once("exit", ended));
  child.kill(signal);
  await gone;
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((wake) => setTimeout(wake, milliseconds));

/** What a killed server left running has to end first, which takes it a moment. */
const launches = 50;

async function launchAgain(program: Program): Promise<ChildProcess> {
  for (let left = launches; ; left--) {
    try {
      return await launch(program);
    } catch (error) {
      if (left === 0) throw error;
      await pause(200);
    }
  }
}

async function run(program: Program, url: string): Promise<Service> {
  let child = await launch(program);
  return {
    ...{ url, port: program.port },
    async restart(afterMilliseconds) {
      await end(child, "SIGKILL");
      await pause(afterMilliseconds);
      child = await launchAgain(program);
    },
    async stop() {
      await end(child, "SIGINT");
      rmSync(program.folder, { recursive: true, force: true });
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
    async start({ address, inside } = here) {
      const [port, folder] = [await freePort(), mkdtempSync(join(tmpdir(), "redis-"))];
      const args = [
        ...["--port", `${port}`, "--bind", address, "--save", "", "--dir", folder],
        // Elsewhere than on this machine it would want a password.
        ...["--protected-mode", "no"],
      ];
      const ready = /Ready to accept connections/;
      return await run(
        { command: [redis!, ...args], folder, ready, port, asUser: {}, inside },
        `redis://${address}:${port}`,
      );
    },
  },
  {
    name: "PostgreSQL",
    missing:
      initdb === undefined || postgres === undefined ? "postgresql is not installed" : undefined,
    async start({ address, inside } = here) {
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
      appendFileSync(join(data, "pg_hba.conf"), "host all all samenet trust\n");
      const args = ["-D", data, "-p", `${port}`, "-k", folder, "-F", "-h", address];
      const ready = /ready to accept connections/;
      return await run(
        {
          ...{ command: [postgres!, ...args], folder, ready, port },
          // Only root may enter another network.
          asUser: inside.length > 0 ? {} : user,
          inside: [...inside, ...(inside.length > 0 ? asNobody : [])],
        },
        `postgres://batch@${address}:${port}/postgres`,
      );
    },
  },
];
