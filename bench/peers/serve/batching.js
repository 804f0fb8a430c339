/**
 * Eight pictures in one request, or one by one, or each in a request of its own at the same time: in
 * turns, on one worker. And whether the network itself gains where one run has them all.
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { internals } from "../../internals.js";
import { summarize } from "../lib/statistics.js";
import { startOurs } from "./servers.js";
import { tableOf } from "./setup.js";

const count = 8;

/** How several pictures are asked about. */
const ways = {
  "one after the other": async (ask, pictures) => {
    for (const picture of pictures) await ask(picture);
  },
  "at the same time": (ask, pictures) => Promise.all(pictures.map((picture) => ask(picture))),
  "in one request": (ask, pictures) => {
    const form = new FormData();
    for (const picture of pictures) form.append("image", new Blob([picture]), "a.jpg");
    return ask(form);
  },
};

/** Pictures together and apart. */
export async function measureBatching({ pictures, seconds, rounds, graph, dist, ...setup }) {
  const eight = pictures.slice(0, count);
  const requests = await inTurns(seconds * rounds, await overHttp({ ...setup, dist }, eight));
  const runs = await inTurns(seconds * rounds, await inOneRun(graph, dist));
  const rows = (values, base) =>
    Object.entries(values).map(([way, all]) => {
      const ratio = summarize(all.map((ms, i) => ms / values[base][i]));
      return [way, (summarize(all).median / count).toFixed(2), ratio.median.toFixed(3)];
    });
  const text = [
    `Batching: ${count} pictures by one worker with one thread, ${requests.rounds} rounds`,
    tableOf([["requests", "ms a picture", "ratio"], ...rows(requests.times, "at the same time")]),
    "",
    `The network alone, ${runs.rounds} rounds`,
    tableOf([["runs", "ms a picture", "ratio"], ...rows(runs.times, "eight runs of one")]),
  ].join("\n");
  return { text, count, requests, runs };
}

/** Lets things take turns for so long, after one turn that does not count; milliseconds of each. */
async function inTurns(seconds, { turns, end }) {
  const times = Object.fromEntries(Object.keys(turns).map((name) => [name, []]));
  const names = Object.keys(turns);
  try {
    for (const name of names) await turns[name]();
    const began = performance.now();
    let rounds = 0;
    while (rounds < 3 || performance.now() - began < 1000 * seconds) {
      for (let i = 0; i < names.length; i++) {
        const name = names[(i + rounds) % names.length];
        const start = performance.now();
        await turns[name]();
        times[name].push(performance.now() - start);
      }
      rounds++;
    }
    return { rounds, times };
  } finally {
    await end();
  }
}

async function overHttp(setup, pictures) {
  const server = await startOurs(setup, ["--workers", "1"]);
  const ask = async (body) => {
    const response = await fetch(`${server.address}/v1/classify`, { method: "POST", body });
    if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
    await response.json();
  };
  const turns = Object.fromEntries(
    Object.entries(ways).map(([name, way]) => [name, () => way(ask, pictures)]),
  );
  return { turns, end: () => server.end() };
}

async function inOneRun(graph, dist) {
  const { compile, wasmBackend } = await import(pathToFileURL(join(dist, "index.js")));
  const { withBatch } = await internals("graph/rewrite.ts");
  const prepared = await Promise.all(
    [1, count].map((batch) =>
      wasmBackend.prepare(compile(withBatch(graph, batch), wasmBackend.target), { threads: 1 }),
    ),
  );
  for (const executable of prepared) executable.input().fill(0.5);
  const [one, all] = prepared;
  return {
    turns: {
      "eight runs of one": () => {
        for (let i = 0; i < count; i++) one.run();
      },
      "one run of eight": () => all.run(),
    },
    end() {
      for (const executable of prepared) executable.dispose();
    },
  };
}
