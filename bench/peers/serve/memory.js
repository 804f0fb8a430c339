/** What a server holds with one worker, two and four: when it is ready, and after all of them have worked. */
import { bestOf, startOurs } from "./servers.js";
import { tableOf } from "./setup.js";

/** Memory by the number of workers. */
export async function measureMemory({ pictures, ...setup }) {
  const rows = [];
  for (const workers of [1, 2, 4]) {
    const server = await startOurs(setup, ["--workers", `${workers}`]);
    try {
      const ready = server.megabytes();
      for (let i = 0; i < 4; i++) await Promise.all(pictures.map((one) => bestOf(server, one)));
      rows.push({ workers, ready, worked: server.megabytes() });
    } finally {
      await server.end();
    }
  }
  const text = [
    `Memory: MB of the process, after ${4 * pictures.length} pictures`,
    tableOf([
      ["workers", "ready", "worked", "a worker more"],
      ...rows.map(({ workers, ready, worked }, i) => {
        const before = rows[i - 1];
        const each = before && (worked - before.worked) / (workers - before.workers);
        return [workers, ready.toFixed(0), worked.toFixed(0), each?.toFixed(0) ?? ""];
      }),
    ]),
  ].join("\n");
  return { text, rows };
}
