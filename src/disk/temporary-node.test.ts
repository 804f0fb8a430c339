import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { removeLeftovers, removeLeftoversBelow, temporaryName } from "./temporary-node.ts";
import { writeWhole } from "./write-node.ts";

let folder: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "disk-"));
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await rm(folder, { recursive: true });
});

/** A name like this process's, of another process. */
async function nameOf(change: { pid?: number; start?: string; machine?: string }): Promise<string> {
  const [machine, pid, start, rest] = (await temporaryName()).split("-").slice(1);
  const parts = [change.machine ?? machine, change.pid ?? pid, change.start ?? start, rest];
  return `.mobilenetv2-${parts.join("-")}`;
}

/** The number of a process that has ended. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ["-e", ""]);
  await once(child, "exit");
  return child.pid ?? 0;
}

/** The number of one that runs. */
function livePid(): number {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  children.push(child);
  return child.pid ?? 0;
}

describe("what killed processes left", () => {
  it("is taken away, files and folders, and what is being written stays", async () => {
    const own = await temporaryName();
    const dead = await nameOf({ pid: await deadPid() });
    await writeFile(join(folder, own), "");
    await writeFile(join(folder, dead), "");
    await mkdir(
      join(folder, `${await nameOf({ pid: await deadPid() })}`.replace(/\.partial$/, "")),
    );
    await removeLeftovers(folder);
    expect(await readdir(folder)).toEqual([own]);
  });

  it("is told from what a process of the same number writes", async () => {
    const again = await nameOf({ start: "1" });
    await writeFile(join(folder, again), "");
    await removeLeftovers(folder);
    expect(await readdir(folder)).toEqual([]);
  });

  it.skipIf(process.platform !== "linux")("is told so of other processes too", async () => {
    const again = await nameOf({ pid: livePid(), start: "1" });
    await writeFile(join(folder, again), "");
    await removeLeftovers(folder);
    expect(await readdir(folder)).toEqual([]);
  });

  it("stays where another machine may be writing it, for a day", async () => {
    const names = [
      await nameOf({ machine: "0".repeat(8) }),
      await nameOf({ machine: "1".repeat(8) }),
    ];
    for (const name of names) await writeFile(join(folder, name), "");
    const longAgo = Date.now() / 1000 - 2 * 24 * 3600;
    await utimes(join(folder, names[1] ?? ""), longAgo, longAgo);
    await removeLeftovers(folder);
    expect(await readdir(folder)).toEqual([names[0]]);
  });

  it("is nothing of anybody else's", async () => {
    const names = [
      ...[".partial", ".12-abcdefgh.partial", ".mobilenetv2-notes.partial", "results.partial"],
      ...[".mobilenetv2-00000000-1-1-abcdef.png", "mobilenetv2-00000000-1-1-abcdef.partial"],
    ].sort();
    for (const name of names) await writeFile(join(folder, name), "");
    await removeLeftovers(folder);
    expect((await readdir(folder)).sort()).toEqual(names);
  });

  it("goes with the next file that is written beside it, and from folders in folders", async () => {
    const inner = join(folder, "hf/owner");
    await mkdir(inner, { recursive: true });
    const dead = await nameOf({ pid: await deadPid() });
    for (const place of [folder, inner]) await writeFile(join(place, dead), "");
    await writeWhole(join(folder, "report.json"), "{}");
    expect((await readdir(folder)).sort()).toEqual(["hf", "report.json"]);
    await removeLeftoversBelow(folder, 2);
    expect(await readdir(inner)).toEqual([]);
    expect(basename(inner)).toBe("owner");
  });
});
