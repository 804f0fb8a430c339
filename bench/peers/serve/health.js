/** Asks a server every 20 ms whether it lives, in a process of its own, until it is told to stop. */
import { Agent, get } from "node:http";
import { latencies, told } from "./told.js";

const { address } = await told();
const agent = new Agent({ keepAlive: true });
const times = [];
let failed = 0;
let going = true;
process.on("message", () => {
  going = false;
});

function ask() {
  const began = performance.now();
  return new Promise((resolve) => {
    const asked = get(`${address}/healthz`, { agent }, (response) => {
      response.resume();
      response.on("end", () => {
        if (response.statusCode !== 200) failed++;
        times.push(performance.now() - began);
        resolve();
      });
    });
    asked.on("error", () => {
      failed++;
      resolve();
    });
  });
}

while (going) {
  await ask();
  await new Promise((resolve) => setTimeout(resolve, 20));
}
agent.destroy();
process.send({ ...latencies(times), failed });
process.disconnect();
