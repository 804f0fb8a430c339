/**
 * A folder that one process holds for itself as long as it runs. Each that wants it puts a claim there,
 * a file whose name says which process it is, and looks at the others' afterwards; so of two at once at
 * least one sees the other. Claims of processes that were killed are told apart and taken away: nothing
 * has to be done by hand after a kill, and none is taken for another that got its number later.
 */
import { open, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileError } from "./file-error-node.ts";
import { ownIdentity, stateOf } from "./temporary-node.ts";

const beginning = ".mobilenetv2-hold-";
const pattern =
  /^\.mobilenetv2-hold-([0-9a-f]{8})-(\d{1,10})-([0-9a-z]{1,16})-[0-9a-z]{6,12}(\.held)?$/;

/** How long the others' claims are waited for. */
const roundMilliseconds = 5;
const mostRounds = 1000;

/** A folder that is held. */
export interface Hold {
  release(): Promise<void>;
}

/** Who holds a folder. */
export interface Holder {
  readonly process: number;
  /** When it came, in milliseconds since 1970. */
  readonly since: number;
  /** Another machine's process cannot be looked at. */
  readonly elsewhere: boolean;
  /** The file that says so. */
  readonly path: string;
}

/**
 * Holds a folder that is there, or says who does.
 *
 * @throws the system's error as `io`, where the folder cannot be written to.
 */
export async function holdFolder(folder: string): Promise<Hold | Holder> {
  const { machine, number, start } = await ownIdentity();
  const random = Math.random().toString(36).slice(2, 10).padEnd(6, "0");
  const own = `${beginning}${machine}-${number}-${start}-${random}`;
  const release = async (): Promise<void> => {
    for (const name of [`${own}.held`, own]) await rm(join(folder, name), { force: true });
  };
  try {
    await mark(join(folder, own));
    for (let round = 0; ; round++) {
      const { holder, claims } = await look(folder, own);
      // Of two that see each other the one whose name comes first stays. A claim that leads to nothing
      // is of another machine, whose processes cannot be looked at.
      const first = claims.find((name) => name < own || round > mostRounds);
      const other = holder ?? (first === undefined ? undefined : await holderOf(folder, first));
      if (other !== undefined) {
        await release();
        return other;
      }
      if (claims.length === 0) break;
      await setTimeout(roundMilliseconds);
    }
    await mark(join(folder, `${own}.held`));
    return { release };
  } catch (error) {
    await release().catch(() => undefined);
    throw fileError(folder, error);
  }
}

/** Makes a file that is all name. */
async function mark(path: string): Promise<void> {
  const file = await open(path, "wx");
  await file.close();
}

/** Who holds a folder; nobody where there is none. */
export async function folderHolder(folder: string): Promise<Holder | undefined> {
  return (await look(folder, "").catch(() => undefined))?.holder;
}

/** The claims of others that run, in order, and the one that holds. */
async function look(
  folder: string,
  own: string,
): Promise<{ readonly holder: Holder | undefined; readonly claims: readonly string[] }> {
  const names = (await readdir(folder)).sort();
  const claims: string[] = [];
  let holder: Holder | undefined;
  for (const name of names) {
    const [, machine, number, start, held] = pattern.exec(name) ?? [];
    if (machine === undefined || number === undefined || start === undefined) continue;
    if (own !== "" && name.startsWith(own)) continue;
    const state = await stateOf({ machine, number: Number(number), start });
    if (state === "ended") await rm(join(folder, name), { force: true });
    else if (held === undefined) claims.push(name);
    else holder ??= await holderOf(folder, name);
  }
  return { holder, claims };
}

async function holderOf(folder: string, name: string): Promise<Holder | undefined> {
  const path = join(folder, name);
  const [, machine, number] = pattern.exec(name) ?? [];
  // It may have ended meanwhile.
  const status = await stat(path).catch(() => undefined);
  if (status === undefined) return undefined;
  const elsewhere = machine !== (await ownIdentity()).machine;
  return { process: Number(number), since: status.mtimeMs, elsewhere, path };
}
