/**
 * A shard's part of a round on a machine that knows nothing of the run but its name: the run's file says how
 * its session is opened, the round's state how far it is. What is written hangs on these alone, so that it
 * may be done twice.
 */

import type { DataRequest } from "../../../batch/data-work-node.ts";
import { openJobModel } from "../../../batch/model-node.ts";
import { openTicketJob } from "../../../batch/open-job-node.ts";
import {
  type RoundJob,
  readRoundJob,
  shardStateName,
  stateName,
  statesFolder,
} from "../../../batch/round-job.ts";

type RoundRequest = DataRequest<"round">;

import { LastOpened } from "../../../batch/serve-requests-node.ts";
import type { JobStorage } from "../../../batch/storage.ts";
import { MobileNetError } from "../../../errors.ts";
import { openSamplePool } from "../../../train/data/sample-pool-node.ts";
import type { NetworkEvaluation } from "../../../train/objectives/objective.ts";
import { positionOf } from "../../../train/round-states.ts";
import { doShard, type RoundRun } from "../../../train/rounds.ts";
import { parseArguments } from "../../arguments.ts";
import { openHere } from "../../open-here.ts";
import { limitsOf } from "../../options.ts";
import type { TrainValues } from "../choose-settings.ts";
import { onThisMachine, requireRunPictures } from "../marks.ts";
import { openRunSession } from "../open-session.ts";
import { trainOptions } from "../options.ts";
import { optionsOfSettings, type RunFile, readRunJson } from "../run-file.ts";
import type { CommandTask } from "../task-names.ts";
import { trainTasks } from "../train-tasks.ts";

/** A run that is open here. */
interface OpenRun {
  readonly storage: JobStorage;
  readonly job: RoundJob;
  readonly run: RoundRun<NetworkEvaluation>["run"];
  dispose(): void;
}

/** Does rounds; the session of the last run is kept. */
export class RoundMaker {
  readonly #runs = new LastOpened<OpenRun>();

  /**
   * Does what a ticket says; of a round that is over, nothing.
   *
   * @param alive - Called after each step, and while a run is opened.
   * @throws MobileNetError `integrity` and `unsupported` where this machine cannot work on the run.
   */
  async make(request: RoundRequest, alive: () => void): Promise<void> {
    const { ticket, opensOnly } = request;
    const key = `${ticket.job} ${ticket.out}`;
    const open = () => openHere(alive, () => openRun(request));
    const { run, job, storage } = await this.#runs.get(key, open);
    if (opensOnly) return;
    const { epoch, step, shard } = ticket;
    const begun = `${statesFolder}/${stateName(ticket)}`;
    const state = await storage.get(begun);
    if (state === undefined) return;
    const { progress } = positionOf(state);
    if (progress.epoch !== epoch || progress.step !== step) {
      throw new MobileNetError("invalid-data", "the state is of another round", {
        node: `${storage.address}/${begun}`,
        expected: `epoch ${epoch}, step ${step}`,
        received: `epoch ${progress.epoch}, step ${progress.step}`,
      });
    }
    const { shards, localSteps } = job;
    const tapped: typeof run = async function* (part) {
      const events = run(part);
      for (let next = await events.next(); ; next = await events.next()) {
        alive();
        if (next.done) return next.value;
        yield next.value;
      }
    };
    const after = await doShard({ run: tapped }, { epoch, step, shards, localSteps, state }, shard);
    // Of a round that was given up meanwhile nothing is left behind.
    const names = (await storage.list(statesFolder)).map(({ name }) => name);
    if (!names.includes(stateName(ticket))) return;
    await storage.put(`${statesFolder}/${shardStateName(ticket)}`, after);
  }

  /** Frees what is open. */
  async close(): Promise<void> {
    await this.#runs.close();
  }
}

async function openRun(request: RoundRequest): Promise<OpenRun> {
  const { storage, job } = await openTicketJob(request.ticket, readRoundJob, {});
  const file = readRunJson(job.run, (expected, received) => {
    const node = storage.address;
    return new MobileNetError("invalid-data", "the run's options are damaged", {
      ...{ node, expected, received },
    });
  });
  const task = optionsOfSettings(file.settings).task ?? "classify";
  return { storage, job, ...(await openRunOf(task, { job, file, request })) };
}

/** Opens the session as `--resume` does: nothing is left to be chosen. */
async function openRunOf<T extends CommandTask>(
  task: T,
  {
    job,
    file,
    request: { modelPlace, share },
  }: { readonly job: RoundJob; readonly file: RunFile; readonly request: RoundRequest },
): Promise<Pick<OpenRun, "run" | "dispose">> {
  const { data, list, damaged, model } = job;
  const { signal } = new AbortController();
  const values: TrainValues = {
    ...parseArguments([], trainOptions).values,
    ...optionsOfSettings(file.settings),
    ...{ task, data, list, damaged, threads: share.threads, from: modelPlace ?? "scratch" },
  };
  const seed = values.seed ?? 1;
  const call = { ...{ data, out: "", values, settled: true }, earlier: undefined, anew: false };
  const row = await trainTasks[task]();
  const prepared = await row.prepare({
    ...{ call, seed, loaded: () => undefined },
    reading: {
      ...{ signal, onProgress: () => undefined, onWarning: () => undefined },
      ...limitsOf(values),
    },
    load: async (place) => {
      if (model !== undefined) return await openJobModel(place, model);
      throw new MobileNetError("invalid-data", "the run starts from no model", { node: place });
    },
  });
  await requireRunPictures(prepared.set, file, onThisMachine);
  const pool = openSamplePool({
    workers: prepared.set.training.path ? share.readers : 0,
    cacheBytes: share.cacheBytes,
  });
  try {
    const session = await openRunSession<T>({ task, prepared, seed, pool, signal });
    const dispose = (): void => {
      session.dispose();
      pool.dispose();
    };
    return { run: (part) => session.run(part), dispose };
  } catch (error) {
    pool.dispose();
    throw error;
  }
}
