import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { joinBytes } from "../join-bytes.ts";
import { readPipe } from "./open-node.ts";
import { readBytes } from "./read-node.ts";
import { writeWhole } from "./write-node.ts";

let folder: string;
const limit = { most: 1_000_000, code: "invalid-image" } as const;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "disk-"));
});

afterAll(() => rmSync(folder, { recursive: true }));

function makePipe(name: string): string {
  const path = join(folder, name);
  const program = "mkfifo";
  execFileSync(program, [path]);
  return path;
}

async function readAllOf(path: string, signal?: AbortSignal): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readPipe(path, signal)) chunks.push(chunk);
  return new TextDecoder().decode(joinBytes(chunks));
}

describe.skipIf(process.platform === "win32")("what stands where a file is expected", () => {
  it.each(["/dev/zero", "/dev/tty"])("is refused without being opened: %s", async (path) => {
    await expect(readBytes(path, limit)).rejects.toMatchObject({ code: "io" });
    await expect(readAllOf(path)).rejects.toThrow();
  });

  it("is told: a socket, a pipe, a folder", async () => {
    const path = join(folder, "socket");
    const server = createServer().listen(path);
    await new Promise((done) => server.once("listening", done));
    await expect(readBytes(path, limit)).rejects.toMatchObject({ received: "a socket" });
    await expect(writeWhole(path, "x")).rejects.toMatchObject({ code: "io" });
    server.close();
    await expect(readBytes(makePipe("pipe"), limit)).rejects.toMatchObject({ received: "a pipe" });
    await expect(readAllOf(folder)).rejects.toMatchObject({ received: "a folder" });
  });
});

describe.skipIf(process.platform === "win32")("a pipe that was named on purpose", () => {
  it("is read to its end, whenever its writer comes", async () => {
    const path = makePipe("late");
    const writer = spawn("sh", ["-c", `sleep 0.2; printf some > "${path}"; sleep 0.1`]);
    expect(await readAllOf(path)).toBe("some");
    writer.kill();
  });

  it("is let go of when the work is cancelled", async () => {
    const signal = AbortSignal.timeout(100);
    await expect(readAllOf(makePipe("silent"), signal)).rejects.toMatchObject({ code: "aborted" });
  });

  it("is given up where nobody writes to it, or reads what is written", async () => {
    const [silent, deaf] = [makePipe("nobody writes"), makePipe("nobody reads")];
    const both = await Promise.allSettled([readAllOf(silent), writeWhole(deaf, "x")]);
    const messages = both.map((one) => (one.status === "rejected" ? String(one.reason) : ""));
    expect(messages[0]).toMatch(/nobody writes to the pipe.*5 s/);
    expect(messages[1]).toMatch(/nobody reads from the pipe.*5 s/);
  });

  it("takes what is written, more than it holds at a time", async () => {
    const path = makePipe("large");
    const copy = join(folder, "copy");
    const reader = spawn("sh", ["-c", `sleep 0.2; cat "${path}" > "${copy}"`]);
    const ended = new Promise((done) => reader.once("exit", done));
    await writeWhole(path, new Uint8Array(500_000).fill(65));
    await ended;
    expect((await readBytes(copy, limit)).every((byte) => byte === 65)).toBe(true);
  });

  it("stops writing when the work is cancelled", async () => {
    const path = makePipe("full");
    const reader = spawn("sh", ["-c", `exec 3< "${path}"; sleep 10`]);
    const signal = AbortSignal.timeout(500);
    const writing = writeWhole(path, new Uint8Array(5_000_000), { signal });
    await expect(writing).rejects.toMatchObject({ code: "aborted" });
    reader.kill();
  });
});

it.skipIf(process.platform !== "linux")("writes through the system's own links", async () => {
  const path = join(folder, "target");
  const handle = await open(path, "w");
  await writeWhole(`/dev/fd/${handle.fd}`, "written");
  await handle.close();
  expect(readFileSync(path, "utf8")).toBe("written");
});
