/**
 * Asks a server in a process of its own: over so many connections, each as soon as it is answered, or so
 * often a second whatever the answers. Waits for all answers, and says what they were.
 */
import { Agent, request } from "node:http";
import { latencies, told } from "./told.js";

const { address, pictures, seconds, connections, perSecond } = await told();
const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
const statuses = {};
const times = { answered: [], refused: [] };
let [sent, broken] = [0, 0];

/** Settles with the answer, whatever it is. */
function ask() {
  const body = pictures[sent++ % pictures.length];
  const began = performance.now();
  return new Promise((resolve) => {
    const asked = request(`${address}/v1/classify?topK=5`, {
      ...{ method: "POST", agent, headers: { "Content-Length": body.length } },
    });
    asked.on("response", (response) => {
      response.resume();
      response.on("end", () => {
        const { statusCode } = response;
        statuses[statusCode] = (statuses[statusCode] ?? 0) + 1;
        times[statusCode === 200 ? "answered" : "refused"].push(performance.now() - began);
        resolve();
      });
      response.on("error", fail);
    });
    asked.on("error", fail);
    asked.end(body);

    function fail() {
      broken++;
      resolve();
    }
  });
}

const began = performance.now();
const elapsed = () => (performance.now() - began) / 1000;
if (perSecond === undefined) {
  const askOn = async () => {
    while (elapsed() < seconds) await ask();
  };
  await Promise.all(Array.from({ length: connections }, askOn));
} else {
  const waiting = [];
  while (elapsed() < seconds) {
    // As many as are due by now, however late this turn is.
    while (sent < elapsed() * perSecond) waiting.push(ask());
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await Promise.all(waiting);
}
agent.destroy();
process.send({
  ...{ sent, broken, statuses, seconds: elapsed() },
  milliseconds: { answered: latencies(times.answered), refused: latencies(times.refused) },
});
process.disconnect();
