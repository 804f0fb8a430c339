/**
 * The procedure: cold starts in fresh processes, then all participants alive together, checked
 * against the reference, warmed, and driven in turn, A B C A B C …, one at a time. The machine
 * drifts, so only figures of the same round are ever divided by one another.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { startParticipant } from "./participant.js";
import { largestDifference, median, summarize } from "./statistics.js";

/** Rest before each burst: threads of the engine before stop spinning, and a first run is a wake-up. */
const restMs = 60;

/**
 * @param participants - From `participantsOf`, each with its `description` (of the case).
 * @param plan - `{ rounds, runs, warmUps, coldStarts, dist, log }`.
 * @returns One result per participant that gave right answers; the others carry `failure`.
 */
export async function measure(participants, plan) {
  const results = new Map(
    participants.map((participant) => [participant.id, { participant, cold: [], rounds: [] }]),
  );
  const living = [];
  try {
    for (let i = 0; i < plan.coldStarts; i++) {
      for (const result of results.values()) await coldStart(result, plan);
    }
    for (const result of results.values()) {
      if (result.failure === undefined) await join(result, living, plan);
    }
    for (let round = 0; round < plan.rounds; round++) {
      plan.log(`round ${round + 1} of ${plan.rounds}`);
      // Another one begins each time, so that nobody always follows the same neighbour's heat.
      const first = round % Math.max(living.length, 1);
      for (const { result, process } of [...living.slice(first), ...living.slice(0, first)]) {
        if (result.failure !== undefined) continue;
        await sleep(restMs);
        try {
          result.rounds[round] = await process.send("burst", { runs: plan.runs });
        } catch (error) {
          fail(result, error.message, plan);
        }
      }
    }
  } finally {
    await Promise.all(living.map(({ process }) => process.stop()));
  }
  return [...results.values()].map(report);
}

async function start({ participant }, plan) {
  const { folder } = participant.description;
  const process = await startParticipant(participant, { folder, dist: plan.dist });
  try {
    const { module, threads, options = {} } = participant;
    const load = { module, threads, options: { backend: plan.backend, ...options } };
    return { process, loaded: await process.send("load", load) };
  } catch (error) {
    await process.stop();
    throw error;
  }
}

async function coldStart(result, plan) {
  if (result.failure !== undefined) return;
  plan.log(`cold start: ${result.participant.id}`);
  try {
    const { process, loaded } = await start(result, plan);
    result.cold.push(loaded.coldMs);
    await process.stop();
  } catch (error) {
    fail(result, error.message, plan);
  }
}

/** Loads a participant for good, checks its answers and warms it. */
async function join(result, living, plan) {
  plan.log(`loading ${result.participant.id}`);
  let process;
  try {
    const started = await start(result, plan);
    process = started.process;
    check(result, started.loaded);
    if (result.participant.host === "chromium") result.browser = await process.send("version");
    await process.send("burst", { runs: plan.warmUps });
    living.push({ result, process });
  } catch (error) {
    fail(result, error.message, plan);
    await process?.stop();
  }
}

/**
 * Takes over what loading gave; throws where the answers are not the reference's. A case without a
 * reference takes the first participant's answers for it.
 */
function check(result, { coldMs, description: engineText, probabilities, logits }) {
  result.cold.push(coldMs);
  result.engineText = engineText;
  const description = result.participant.description;
  description.expected ??= { probabilities, logits };
  result.difference = {};
  for (const [output, values] of Object.entries({ probabilities, logits })) {
    const expected = description.expected[output];
    if (expected === undefined || values === undefined) continue;
    const difference = largestDifference(values, expected);
    result.difference[output] = difference;
    if (difference <= description.tolerance[output]) continue;
    throw new Error(`${output} differ from the reference by ${difference}`);
  }
}

function fail(result, failure, plan) {
  result.failure = failure;
  plan.log(`left out: ${result.participant.id}: ${failure}`);
}

function report({ participant, cold, rounds, engineText, difference, browser, failure }) {
  const { id, engine, host, threads, wasm = false, description } = participant;
  const common = { id, case: description.name, engine, host, threads, wasm };
  if (failure !== undefined) return { ...common, failure };
  return {
    ...common,
    precision: description.precision,
    description: engineText,
    ...(browser === undefined ? {} : { browser }),
    difference,
    ms: summarize(rounds.flatMap(({ runsMs }) => runsMs)),
    afterIdleMs: summarize(rounds.map(({ idleMs }) => idleMs)),
    coldStartMs: summarize(cold),
    roundMs: rounds.map(({ runsMs }) => Number(median(runsMs).toFixed(3))),
    roundIdleMs: rounds.map(({ idleMs }) => Number(idleMs.toFixed(3))),
  };
}
