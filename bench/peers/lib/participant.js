/**
 * The driver's end of a participant: one process for one engine, thread count and case, alive
 * between its turns and idle until it is asked.
 */
import { fork } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = fileURLToPath(new URL("..", import.meta.url));
const node24 = join(here, "node_modules", "node", "bin", "node");

/** What each host's process is started with. */
function launchOf({ host, v8Flags = [] }, { folder, dist }) {
  const entry = (file) => pathToFileURL(join(dist, file)).href;
  if (host === "chromium") {
    // What a page without a bundler loads; older builds have less.
    const files = ["page/mobilenetv2.min.js", "browser.js", "index.js"];
    const file = files.find((name) => existsSync(join(dist, name)));
    return { script: "chromium.js", arguments: [folder, entry(file), ...v8Flags] };
  }
  return {
    script: "node.js",
    arguments: [folder, entry("index.js")],
    options: { execArgv: v8Flags, ...(host === "node24" ? { execPath: node24 } : {}) },
  };
}

/**
 * Starts a participant's process.
 *
 * @param participant - From `participantsOf`.
 * @param context - `folder` of the case, `dist` of the library, and `limitMs`, after which a process
 *   that owes an answer is ended.
 */
export async function startParticipant(participant, context) {
  const launch = launchOf(participant, context);
  const script = join(here, "host", launch.script);
  const child = fork(script, launch.arguments, { ...launch.options, stdio: quiet });
  let errors = "";
  child.stderr.on("data", (chunk) => {
    errors = (errors + chunk).slice(-2000);
  });
  child.stdout.resume();
  const answer = () =>
    new Promise((resolve, reject) => {
      const { limitMs } = context;
      const timer = limitMs && setTimeout(() => child.kill("SIGKILL"), limitMs);
      const ended = (code, signal) => {
        clearTimeout(timer);
        reject(new Error(`${participant.id} ended (${code ?? signal}): ${errors}`));
      };
      child.once("exit", ended);
      child.once("message", ({ result, error }) => {
        clearTimeout(timer);
        child.off("exit", ended);
        if (error === undefined) resolve(result);
        else reject(new Error(`${participant.id}: ${error}`));
      });
    });
  if (participant.host === "chromium") await answer();
  return {
    send(command, message = {}) {
      const pending = answer();
      child.send({ command, ...message });
      return pending;
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = new Promise((resolve) => child.once("exit", resolve));
      child.disconnect();
      const timer = setTimeout(() => child.kill("SIGKILL"), 5000);
      await exited;
      clearTimeout(timer);
    },
  };
}

const quiet = ["ignore", "pipe", "pipe", "ipc"];
