#!/usr/bin/env node
/**
 * The program `mobilenetv2`: joins the process (arguments, streams, signals) to the commands. All
 * else is loaded when a command runs, so that `--help` and `--version` answer at once.
 */
import { readFileSync } from "node:fs";
import { addAbortSignal } from "node:stream";
import { run } from "./run.ts";
import { createTerminal } from "./terminal.ts";

const interrupted = new AbortController();

// The first Ctrl-C lets the work stop cleanly, the second does not wait for it: it ends the process as
// the system does, since an exit of Node's waits for what its threads are opening.
const signals = ["SIGINT", "SIGTERM"] as const;
const interrupt = (): void => {
  for (const signal of signals) process.off(signal, interrupt);
  interrupted.abort();
};
for (const signal of signals) process.on(signal, interrupt);

// A reader that has seen enough (`| head`) is no failure: stop working, say nothing.
let readerGone = false;
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") {
    readerGone = true;
    interrupted.abort();
    return;
  }
  outputFailed(error);
});
// Nobody is left to tell where standard error is closed.
process.stderr.on("error", () => {});

const code = await run(process.argv.slice(2), {
  terminal: createTerminal(
    guardWrites(process.stdout),
    {
      write: (text) => (readerGone ? true : process.stderr.write(text)),
      isTTY: process.stderr.isTTY,
      columns: process.stderr.columns,
    },
    process.env,
  ),
  signal: interrupted.signal,
  stdin: standardInput(),
  environment: process.env,
  version: () => {
    const path = new URL("../../package.json", import.meta.url);
    return (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
  },
});
process.exitCode = readerGone ? 0 : process.exitCode || code;

/** Standard input, opened only when a command reads it. */
async function* standardInput(): AsyncGenerator<Uint8Array> {
  yield* addAbortSignal(interrupted.signal, process.stdin);
}

/** Standard output, quiet once its reader has gone. */
function guardWrites(stream: NodeJS.WriteStream): NodeJS.WriteStream {
  const write = stream.write.bind(stream);
  stream.write = ((text: string) => (readerGone ? true : write(text))) as typeof stream.write;
  return stream;
}

/** A full disk behind `> results.json`, say. */
function outputFailed(error: Error): void {
  process.exitCode = 1;
  process.stderr.write(`mobilenetv2: error: standard output cannot be written: ${error.message}\n`);
  interrupted.abort();
}
