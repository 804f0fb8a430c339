/** The command line on a folder, from its start to its end. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { asked, noteMegabytes, serve } from "./protocol.js";

const { dist, task, model, folder, flags = [] } = asked;
const args = [join(dist, "cli", "main.js"), task, folder, "--model", model, "--json", ...flags];

await serve(async () => {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
  const watch = setInterval(() => noteMegabytes(child.pid), 20);
  let text = "";
  for await (const chunk of child.stdout.setEncoding("utf8")) text += chunk;
  clearInterval(watch);
  return JSON.parse(text).map(
    ({ predictions, detections, classes }) =>
      predictions?.[0].index ?? detections?.length ?? classes[0].index,
  );
});
