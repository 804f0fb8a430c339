/**
 * An evaluation whose pictures other machines look at. The evaluator is the one of a single machine: the
 * answers come in the order of the pictures, from a model that stands for those of all workers, so that
 * every figure is the same number.
 */
import { awaitResults, WorkerNotes } from "../../batch/await-results-node.ts";
import { answersFolder, answersName, type EvaluationJob } from "../../batch/evaluation-job.ts";
import { layJob, removeJob } from "../../batch/lay-job-node.ts";
import type { TicketQueue } from "../../batch/queue.ts";
import { RefusalNotes } from "../../batch/refusal-notes.ts";
import type { JobStorage } from "../../batch/storage.ts";
import type { TicketOf } from "../../batch/ticket.ts";
import type { Sample } from "../../data/samples.ts";
import { MobileNetError } from "../../errors.ts";
import type { EvaluationOf, EvaluationTask } from "../../evaluate/evaluators.ts";
import { quote } from "../../untrusted.ts";
import type { Judged, JudgedPictures } from "../evaluate-model.ts";
import { carried, crossedError, type PictureAnswer, readAnswers } from "./answers.ts";
import { identityOf } from "./describe-evaluation.ts";
import { askedBy, evaluateStandIn } from "./stand-in.ts";

/** What an evaluation works with. */
export interface EvaluationCoordination {
  /** Of the evaluation's own. */
  readonly storage: JobStorage;
  readonly job: EvaluationJob;
  /** Of the model. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly queue: TicketQueue;
  readonly signal: AbortSignal;
  readonly onNote: (note: string) => void;
}

/** Units that are waited for together; the next as many are in the queue by then. */
const groupSize = 64;

/** Evaluates a model by what workers answer. */
export async function evaluateByAnswers<T extends EvaluationTask>(
  task: T,
  { model, pictures }: { readonly model: Judged; readonly pictures: JudgedPictures<T> },
  given: EvaluationCoordination,
): Promise<EvaluationOf<T>> {
  const stop = new AbortController();
  const signal = AbortSignal.any([given.signal, stop.signal]);
  const answers = new Answers({ ...given, signal }, pictures.samples);
  let milliseconds = 0;
  const verb = askedBy[task];
  try {
    const evaluation = await evaluateStandIn<T, PictureAnswer>(
      task,
      { model, ...pictures },
      {
        async read(index) {
          const answer = await answers.of(index);
          if (answer.unread !== undefined) throw crossedError(answer.unread);
          return answer;
        },
        async answer({ name, answer, failed, milliseconds: taken }) {
          if (failed !== undefined) throw crossedError(failed);
          if (answer === undefined) throw otherPictures(name);
          milliseconds += taken;
          return carried[verb].read(answer);
        },
      },
    );
    const modelMillisecondsPerImage = milliseconds / evaluation.images;
    return {
      ...evaluation,
      throughput: { ...evaluation.throughput, modelMillisecondsPerImage },
    };
  } finally {
    stop.abort();
    await answers.end();
  }
}

/** Answers by the places of their pictures. */
class Answers {
  readonly #given: EvaluationCoordination;
  readonly #samples: readonly Pick<Sample<never>, "name" | "path">[];
  readonly #groups = new Map<number, Promise<readonly (readonly PictureAnswer[])[]>>();
  readonly #notes = new WorkerNotes();
  readonly #refusals = new RefusalNotes();

  constructor(
    given: EvaluationCoordination,
    samples: readonly Pick<Sample<never>, "name" | "path">[],
  ) {
    this.#given = given;
    this.#samples = samples;
  }

  /** The answer about a picture; to be asked for in about their order. */
  async of(index: number): Promise<PictureAnswer> {
    const { unit: size } = this.#given.job;
    const unit = Math.floor(index / size);
    const group = Math.floor(unit / groupSize);
    for (const one of [group, group + 1]) this.#start(one);
    this.#groups.delete(group - 2);
    const units = await this.#groups.get(group)!;
    return units[unit - group * groupSize]![index - unit * size]!;
  }

  /** Leaves nothing where the machines met. */
  async end(): Promise<void> {
    const { storage, job } = this.#given;
    await Promise.allSettled(this.#groups.values());
    for (const { name } of await storage.list(answersFolder)) {
      await storage.remove(`${answersFolder}/${name}`);
    }
    await removeJob(storage, job);
  }

  #start(group: number): void {
    const { job } = this.#given;
    const first = group * groupSize;
    const count = Math.min(groupSize, Math.ceil(job.pictures / job.unit) - first);
    if (count <= 0 || this.#groups.has(group)) return;
    const answers = this.#ask(Array.from({ length: count }, (_, i) => first + i));
    // Told to whoever reads one of them.
    answers.catch(() => undefined);
    this.#groups.set(group, answers);
  }

  async #ask(units: readonly number[]): Promise<readonly (readonly PictureAnswer[])[]> {
    const { storage, job, files, queue, signal, onNote } = this.#given;
    const at = { kind: "evaluation", job: job.id, out: storage.address } as const;
    return await awaitResults<TicketOf<"evaluation">, readonly PictureAnswer[]>({
      ...{ storage, queue, signal, onNote, folder: answersFolder, nameOf: answersName },
      tickets: units.map((unit) => ({ ...at, unit })),
      wordsOf: ({ unit }) => `unit ${unit} of the evaluation`,
      remedy: "Mend that and evaluate again.",
      read: (bytes, { unit }) => this.#read(bytes, unit),
      prepare: () => layJob(storage, job, files),
      refusals: this.#refusals,
      onQuiet: (left) => this.#notes.tell(queue, left === 1 ? "a unit" : `${left} units`, onNote),
    });
  }

  /** Refuses answers about other pictures. */
  async #read(bytes: Uint8Array, unit: number): Promise<readonly PictureAnswer[]> {
    const { unit: size } = this.#given.job;
    const own = this.#samples.slice(unit * size, (unit + 1) * size);
    const answers = readAnswers(bytes);
    for (const [index, sample] of own.entries()) {
      const { name, mark } = await identityOf(sample);
      const answer = answers[index];
      if (answer?.name !== name || answer.mark !== mark) throw otherPictures(name);
    }
    return answers;
  }
}

function otherPictures(name: string): MobileNetError {
  return new MobileNetError("integrity", "a worker has another picture than this machine", {
    node: quote(name),
    remedy: "Give every machine the same files under the same paths.",
  });
}
