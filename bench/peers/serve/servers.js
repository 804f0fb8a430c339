/** Servers as processes of their own: started on a free port, watched, and ended as an operator ends them. */
import { fork, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { programs } from "./setup.js";

/** This library's server; `options` are the command's, `how` says in a few words what they change. */
export function startOurs({ dist, model }, options = [], how = "") {
  const program = join(dist, "cli", "main.js");
  const args = [program, "serve", "--port", "0", "--no-app", "--models", model, ...options];
  return startServer(`mobilenetv2 serve${how}`, args, (text) => {
    const [, address] = /listening on (http:\/\/[^\s,]+)/.exec(text) ?? [];
    return text.includes("note: ready") ? address : undefined;
  });
}

/** The other. */
export function startPeer({ onnx }) {
  const args = [join(programs, "sharp-onnxruntime.js"), onnx];
  return startServer("sharp + onnxruntime-node", args, (text) => /ready (\S+)/.exec(text)?.[1]);
}

/** Starts one; what it prints on standard error says when it is ready and where. */
async function startServer(name, args, addressIn) {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
  let text = "";
  const ended = new Promise((resolve) => child.on("close", resolve));
  const address = await new Promise((resolve, reject) => {
    child.stderr.setEncoding("utf8").on("data", (piece) => {
      text = `${text}${piece}`.slice(-1e5);
      const found = addressIn(text);
      if (found !== undefined) resolve(found);
    });
    void ended.then((code) => reject(new Error(`${name} ended with ${code}: ${text}`)));
  });
  return {
    name,
    address,
    /** Megabytes that the process holds now. */
    megabytes: () => residentMegabytes(child.pid),
    async end() {
      child.kill("SIGTERM");
      return await ended;
    },
  };
}

/** What a process holds now, where the system tells it. */
function residentMegabytes(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/^VmRSS:\s*(\d+) kB/m.exec(status)[1]) / 1024;
  } catch {
    return Number.NaN;
  }
}

/** The class that a server finds in a picture. */
export async function bestOf({ address }, picture) {
  const response = await fetch(`${address}/v1/classify?topK=1`, { method: "POST", body: picture });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  const [{ predictions }] = await response.json();
  return predictions[0].index;
}

/** Starts a program of this folder and tells it what to do; `stop` says that it is enough. */
export function startProgram(name, message) {
  const child = fork(join(programs, name), { serialization: "advanced" });
  child.send(message);
  return {
    result: new Promise((resolve, reject) => {
      child.on("message", resolve);
      child.on("exit", (code) => code !== 0 && reject(new Error(`${name} ended with ${code}`)));
    }),
    stop: () => child.send("stop"),
  };
}
