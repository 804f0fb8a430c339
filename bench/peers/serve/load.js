/**
 * Latency and throughput by the number of connections that each ask again as soon as they are answered:
 * the servers run all the time and are asked in turns, so that what else happens meets them all.
 */
import { availableParallelism } from "node:os";
import autocannon from "autocannon";
import { summarize } from "../lib/statistics.js";
import { bestOf, startOurs, startPeer } from "./servers.js";
import { tableOf } from "./setup.js";

/** The servers side by side. */
export async function measureLoad({ pictures, concurrency, rounds, seconds, ...setup }) {
  // Room for all who ask: what is refused is another part's matter.
  const queue = ["--queue", `${2 * Math.max(...concurrency)}`];
  const all = ["--workers", `${availableParallelism()}`];
  const servers = await Promise.all([
    startOurs(setup, queue),
    startOurs(setup, [...queue, ...all], ", a worker for each core"),
    startPeer(setup),
  ]);
  const turns = [];
  let sameAnswers = 0;
  try {
    for (const picture of pictures) {
      const [ours, , peer] = await Promise.all(servers.map((server) => bestOf(server, picture)));
      if (ours === peer) sameAnswers++;
    }
    for (let round = 0; round < rounds; round++) {
      for (const connections of concurrency) {
        for (let i = 0; i < servers.length; i++) {
          const server = servers[(i + round) % servers.length];
          const turn = await ask(server, { connections, seconds, pictures });
          turns.push({ server: server.name, connections, round, ...turn });
        }
      }
    }
  } finally {
    for (const server of servers) await server.end();
  }
  const rows = servers.flatMap(({ name }) =>
    concurrency.map((connections) => rowOf(turns, name, connections)),
  );
  const text = [
    `Load: ${seconds} s a turn, ${rounds} rounds; medians over rounds; the same class for ${sameAnswers} of ${pictures.length} pictures`,
    tableOf([
      [
        "server",
        "connections",
        "pictures/s",
        "p50 ms",
        "p90 ms",
        "p99 ms",
        "max ms",
        "failed",
        "MB",
      ],
      ...rows.map((row) => [
        ...[row.server, row.connections, row.perSecond.median.toFixed(1)],
        ...[row.p50, row.p90, row.p99, row.max].map(({ median }) => median.toFixed(0)),
        ...[row.failed, row.megabytes.toFixed(0)],
      ]),
    ]),
  ].join("\n");
  return { text, sameAnswers, rows, turns };
}

function rowOf(turns, server, connections) {
  const own = turns.filter((turn) => turn.server === server && turn.connections === connections);
  const over = (figure) => summarize(own.map((turn) => turn[figure]));
  return {
    ...{ server, connections, perSecond: over("perSecond") },
    ...{ p50: over("p50"), p90: over("p90"), p99: over("p99"), max: over("max") },
    failed: own.reduce((sum, { failed }) => sum + failed, 0),
    megabytes: Math.max(...own.map(({ megabytes }) => megabytes)),
  };
}

async function ask(server, { connections, seconds, pictures }) {
  const result = await autocannon({
    url: server.address,
    connections,
    duration: seconds,
    timeout: 60,
    requests: pictures.map((body) => ({ method: "POST", path: "/v1/classify?topK=5", body })),
  });
  const { latency, duration, non2xx, errors } = result;
  return {
    perSecond: result["2xx"] / duration,
    ...{ p50: latency.p50, p90: latency.p90, p99: latency.p99, max: latency.max },
    failed: non2xx + errors,
    megabytes: server.megabytes(),
  };
}
