/**
 * Ten times what the server can take, for a while: every request that was not refused at once has to be
 * answered, memory has to stay where it is, and the process has to go on saying that it lives. Who asks,
 * and who asks for that, are processes of their own.
 */
import { setTimeout as pause } from "node:timers/promises";
import { startOurs, startProgram } from "./servers.js";
import { tableOf } from "./setup.js";

/** Connections that keep the server busy without a queue that grows. */
const sustained = 4;
const times = 10;
const restMilliseconds = 5000;

/** The server under more than it can take. */
export async function measureOverload({ pictures, seconds, overloadSeconds, ...setup }) {
  const server = await startOurs(setup);
  const { address } = server;
  try {
    const usual = { address, pictures, seconds, connections: sustained };
    const before = await startProgram("asker.js", usual).result;
    const sustainable = (before.statuses[200] ?? 0) / before.seconds;
    const health = startProgram("health.js", { address });
    const watch = watchMemory(server);
    const perSecond = times * sustainable;
    const load = { address, pictures, seconds: overloadSeconds, perSecond };
    const asked = await startProgram("asker.js", load).result;
    const during = watch.samples.length;
    health.stop();
    const healthz = await health.result;
    // What is given back once nobody asks any more.
    await pause(restMilliseconds);
    watch.end();
    const refused = asked.statuses[429] ?? 0;
    const accepted = asked.sent - refused;
    const lost = accepted - (asked.statuses[200] ?? 0);
    const memory = { during: watch.samples.slice(0, during), after: watch.samples.slice(during) };
    const values = { sustainable, perSecond, ...asked, refused, accepted, lost, healthz, memory };
    return { text: textOf(values), ...values };
  } finally {
    await server.end();
  }
}

function watchMemory(server) {
  const samples = [];
  const sample = () => samples.push(Math.round(server.megabytes()));
  sample();
  const timer = setInterval(sample, 1000);
  return { samples, end: () => clearInterval(timer) };
}

function textOf({ sustainable, seconds, sent, refused, accepted, lost, ...values }) {
  const { statuses, broken, milliseconds, healthz, memory } = values;
  const { during, after } = memory;
  const at = (share) => during[Math.floor(share * (during.length - 1))];
  const three = ({ p50, p99, max }) => [p50, p99, max].map((ms) => ms.toFixed(1)).join(" / ");
  const rows = [
    ["requests", sent],
    ["refused (429)", refused],
    ["accepted", accepted],
    ["accepted and lost", lost],
    ["statuses, and broken off", `${JSON.stringify(statuses)}, ${broken}`],
    ["answered with 200: p50 / p99 / max ms", three(milliseconds.answered)],
    ["refused: p50 / p99 / max ms", three(milliseconds.refused)],
    ["/healthz: p50 / p99 / max ms", three(healthz)],
    ["MB at the start, ¼, ½, ¾, the end", [0, 0.25, 0.5, 0.75, 1].map(at).join(" / ")],
    ["MB at most, and some seconds after", `${Math.max(...during)} / ${after.at(-1)}`],
  ];
  const title = `Overload: ${times} × ${sustainable.toFixed(1)} pictures/s for ${seconds.toFixed(0)} s`;
  return `${title}\n${tableOf(rows)}`;
}
