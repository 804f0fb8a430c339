/**
 * A unit of an evaluation on a machine that knows nothing of it but its name: the model is asked as the
 * evaluator asks it, and what it answers is written down for the machine that judges.
 */
import { basename } from "node:path";
import type { DataRequest } from "../../batch/data-work-node.ts";
import {
  answersFolder,
  answersName,
  type EvaluationJob,
  readEvaluationJob,
} from "../../batch/evaluation-job.ts";
import { openJobModel } from "../../batch/model-node.ts";
import { openTicketJob } from "../../batch/open-job-node.ts";
import { jobPlace } from "../../batch/places.ts";
import { LastOpened } from "../../batch/serve-requests-node.ts";
import type { JobStorage } from "../../batch/storage.ts";
import { MobileNetError } from "../../errors.ts";
import type { EvaluationTask } from "../../evaluate/evaluators.ts";
import { isPictureFault } from "../../evaluate/run-samples.ts";
import type { ImageInput } from "../../tasks/platform.ts";
import type { DataSource } from "../evaluate-data.ts";
import { evaluationTaskOf, type Judged, loadHead, readSamples } from "../evaluate-model.ts";
import { openHere } from "../open-here.ts";
import { readMarks } from "../train/run-file.ts";
import { carried, type PictureAnswer } from "./answers.ts";
import { identityOf, namesHash } from "./describe-evaluation.ts";
import { askedBy, evaluateStandIn } from "./stand-in.ts";

/** An evaluation that is open here. */
interface OpenEvaluation {
  readonly storage: JobStorage;
  readonly job: EvaluationJob;
  answer(from: number, to: number, alive: () => void): Promise<readonly PictureAnswer[]>;
  dispose(): void;
}

/** Answers units; the model of the last evaluation is kept. */
export class AnswerMaker {
  readonly #open = new LastOpened<OpenEvaluation>();

  /**
   * Does what a ticket says.
   *
   * @param alive - Called for each picture, and while the evaluation is opened.
   * @throws MobileNetError `integrity` and `unsupported` where this machine cannot work on it.
   */
  async make({ ticket, ...request }: DataRequest<"evaluation">, alive: () => void): Promise<void> {
    const key = `${ticket.job} ${ticket.out}`;
    const open = () => openHere(alive, () => openEvaluation({ ticket, ...request }));
    const { storage, job, answer } = await this.#open.get(key, open);
    if (request.opensOnly) return;
    const from = ticket.unit * job.unit;
    const answers = await answer(from, Math.min(job.pictures, from + job.unit), alive);
    // Of an evaluation that was given up meanwhile nothing is left behind.
    if ((await storage.get(jobPlace)) === undefined) return;
    await storage.put(`${answersFolder}/${answersName(ticket)}`, `${JSON.stringify(answers)}\n`);
  }

  /** Frees what is open. */
  async close(): Promise<void> {
    await this.#open.close();
  }
}

async function openEvaluation({
  ticket,
  modelPlace = "",
  share: { threads },
}: DataRequest<"evaluation">): Promise<OpenEvaluation> {
  const { storage, job } = await openTicketJob(ticket, readEvaluationJob, {});
  const { signal } = new AbortController();
  const model = await openJobModel(modelPlace, job.model);
  const judged = await loadHead(model, { backend: job.backend, threads, signal });
  try {
    const answer = await openPictures(evaluationTaskOf(judged), { job, judged, signal });
    return { storage, job, answer, dispose: () => judged.dispose() };
  } catch (error) {
    judged.dispose();
    throw error;
  }
}

async function openPictures<T extends EvaluationTask>(
  task: T,
  {
    job,
    judged,
    signal,
  }: { readonly job: EvaluationJob; readonly judged: Judged; readonly signal: AbortSignal },
): Promise<OpenEvaluation["answer"]> {
  const { format, voidValues, limit, scoreThreshold, threshold, ...told } = job.told;
  const request = {
    ...{ ...told, limit, scoreThreshold, threshold, damaged: job.damaged, signal, download: {} },
    source: { data: job.data, list: job.list, format: format as DataSource["format"], voidValues },
    run: { trained: readMarks(job.trained), onBestClass: () => undefined },
  };
  const { samples, settings } = await readSamples(task, judged.labels, request);
  const names = namesHash(samples);
  if (names !== job.names) {
    throw new MobileNetError("integrity", "this machine has other pictures than the evaluation", {
      node: basename(job.data),
      expected: `${job.pictures} pictures`,
      received: `${samples.length} pictures, or others`,
      remedy: "Give every machine the same files under the same paths.",
    });
  }
  const verb = askedBy[task];
  return async (from, to, alive) => {
    const asked = samples.slice(from, to);
    const answers: PictureAnswer[] = [];
    const note = async (index: number, rest: Omit<PictureAnswer, "name" | "mark">) => {
      answers[index] = { ...(await identityOf(asked[index]!)), ...rest };
      alive();
    };
    const noteError = async (index: number, name: "unread" | "failed", error: unknown) => {
      if (isPictureFault(error)) {
        await note(index, { milliseconds: 0, [name]: error.toJSON() });
      }
      throw error;
    };
    const pictures = { model: judged, samples: asked, settings: { ...settings, damaged: "skip" } };
    try {
      await evaluateStandIn<T, { readonly index: number; readonly image: ImageInput }>(
        task,
        pictures,
        {
          async read(index, picture) {
            try {
              return { index, image: await picture() };
            } catch (error) {
              return await noteError(index, "unread", error);
            }
          },
          async answer({ index, image }, ask) {
            const start = performance.now();
            try {
              const answer = await ask(image);
              const milliseconds = performance.now() - start;
              await note(index, { milliseconds, answer: carried[verb].write(answer as never) });
              return answer;
            } catch (error) {
              return await noteError(index, "failed", error);
            }
          },
        },
      );
    } catch (error) {
      // Of pictures of which none could be read it makes no figures; that is no matter here.
      if (asked.some((_, index) => answers[index] === undefined)) throw error;
    }
    // A mask that cannot be read comes before its picture's answer.
    const none = async (sample: (typeof asked)[number]): Promise<PictureAnswer> => {
      return { ...(await identityOf(sample)), milliseconds: 0 };
    };
    return await Promise.all(asked.map(async (one, index) => answers[index] ?? (await none(one))));
  };
}
