/**
 * Files and folders that last as long as their writing does. Their names say which process they belong
 * to; what a killed one left is taken away by the next that writes beside it. A process is known by
 * machine, number and start, because numbers come again, and machines may share a disk.
 */
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, readlink, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { join, resolve } from "node:path";

const beginning = ".mobilenetv2-";
const ending = ".partial";

/** `.mobilenetv2-MACHINE-PROCESS-START-RANDOM.partial`; `mkdtemp` adds six characters of its own. */
const pattern =
  /^\.mobilenetv2-([0-9a-f]{8})-(\d{1,10})-([0-9a-z]{1,16})-[0-9A-Za-z]{6,12}(?:\.partial|-old-\d)?$/;

/** After so long nothing is still being written whose process cannot be looked at. */
const longMilliseconds = 24 * 3600 * 1000;

/** A name for a file that is being written, hidden, and of its own for every writer. */
export async function temporaryName(): Promise<string> {
  return `${await namesBeginning()}${Math.random().toString(36).slice(2, 10).padEnd(6, "0")}${ending}`;
}

/** Makes a folder for what is being written, in a folder that is there. */
export async function temporaryFolder(parent: string): Promise<string> {
  await removeLeftovers(parent);
  return await mkdtemp(join(parent, await namesBeginning()));
}

/** Folders that this process has looked at: its own leftovers are none, and others leave none at once. */
const looked = new Set<string>();

/**
 * Takes away what killed processes have left in a folder, once for each folder; what belongs to a process
 * that runs, or is nobody's of this library, stays.
 */
export async function removeLeftovers(folder: string): Promise<void> {
  const place = resolve(folder);
  if (looked.has(place)) return;
  looked.add(place);
  const names = await readdir(place).catch((): string[] => []);
  for (const name of names) {
    if (!name.startsWith(beginning)) continue;
    const path = join(place, name);
    if (await isLeftover(name, path)) {
      await rm(path, { recursive: true, force: true }).catch(() => undefined);
    }
  }
}

/** The same for a folder and those in it, so deep. */
export async function removeLeftoversBelow(folder: string, depth: number): Promise<void> {
  await removeLeftovers(folder);
  if (depth === 0) return;
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (entry.isDirectory()) await removeLeftoversBelow(join(folder, entry.name), depth - 1);
  }
}

/**
 * Whether a name is of a process that is gone.
 *
 * @param path - Where it is, for the time of its last change.
 */
async function isLeftover(name: string, path: string): Promise<boolean> {
  const [, machine, number, start] = pattern.exec(name) ?? [];
  if (machine === undefined || number === undefined || start === undefined) return false;
  const state = await stateOf({ machine, number: Number(number), start });
  if (state !== "unknown") return state === "ended";
  const status = await stat(path).catch(() => undefined);
  return status !== undefined && Date.now() - status.mtimeMs > longMilliseconds;
}

/** What tells a process from all others. */
export interface ProcessIdentity {
  readonly machine: string;
  readonly number: number;
  readonly start: string;
}

/** Whether a process runs; unknown of another machine's, and of one that does not say when it started. */
export async function stateOf({
  machine,
  number,
  start,
}: ProcessIdentity): Promise<"running" | "ended" | "unknown"> {
  const self = await ownIdentity();
  if (machine !== self.machine) return "unknown";
  const running = number === self.number ? self.start : await startOf(number);
  if (running === undefined || (running !== "" && running !== start)) return "ended";
  return running === start ? "running" : "unknown";
}

let identity: Promise<ProcessIdentity> | undefined;

/** This process. */
export function ownIdentity(): Promise<ProcessIdentity> {
  identity ??= (async () => {
    // Processes in containers have numbers of their own.
    const space = await readlink("/proc/self/ns/pid").catch(() => "");
    const machine = createHash("sha256").update(`${hostname()} ${space}`).digest("hex").slice(0, 8);
    const told = await startOf(process.pid);
    const started = Math.round(Date.now() / 1000 - process.uptime()).toString(36);
    return { machine, number: process.pid, start: told || started };
  })();
  return identity;
}

async function namesBeginning(): Promise<string> {
  const { machine, start } = await ownIdentity();
  return `${beginning}${machine}-${process.pid}-${start}-`;
}

/** When a process started; empty where it runs and nobody says, nothing where none has the number. */
async function startOf(number: number): Promise<string | undefined> {
  try {
    process.kill(number, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return undefined;
  }
  const text = await readFile(`/proc/${number}/stat`, "utf8").catch(() => "");
  // Behind the name in brackets, which may hold anything: the start is the 22nd field, the state the 3rd.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const ticks = text === "" ? Number.NaN : Number(fields[19]);
  // A process that has ended and whose parent has not asked yet writes nothing more.
  if (fields[0] === "Z") return undefined;
  return Number.isFinite(ticks) ? ticks.toString(36) : "";
}
