/** `mobilenetv2 serve` in a process of its own. */
import { spawn } from "node:child_process";
import { root } from "../cli/program.ts";

/** A server that is ready. */
export interface Served {
  readonly address: string;
  readonly port: number;
  /** What it logged so far. */
  readonly lines: () => readonly { readonly [name: string]: unknown }[];
  /** Sends a signal; the exit code and everything on standard error once it has ended. */
  end(signal?: NodeJS.Signals): Promise<{ readonly code: number | null; readonly stderr: string }>;
}

/**
 * Starts the program on a free port; its models are warm when it is there.
 *
 * @param main - The program's file.
 */
export async function startServe(main: string, ...options: readonly string[]): Promise<Served> {
  const child = spawn(process.execPath, [main, "serve", "--port", "0", ...options], {
    cwd: root,
    env: { ...process.env, NO_COLOR: "1" },
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const address = await new Promise<string>((resolve, reject) => {
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      const [, found] = /listening on (\S+?),? /.exec(stderr) ?? [];
      if (found !== undefined && stderr.includes("note: ready")) resolve(found);
    });
    void ended.then((code) => reject(new Error(`it ended with ${code}: ${stderr}`)));
  });
  const lines = () => stdout.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)]));
  return {
    ...{ address, port: Number(new URL(address).port), lines },
    end: async (signal = "SIGTERM") => {
      child.kill(signal);
      return { code: await ended, stderr };
    },
  };
}
