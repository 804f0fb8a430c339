/** An evaluation as the machines that look at its pictures have to know it. */
import { createHash } from "node:crypto";
import type { EvaluationJob, EvaluationJobBody } from "../../batch/evaluation-job.ts";
import { nameOf } from "../../batch/named-file.ts";
import type { Sample } from "../../data/samples.ts";
import type { ModelOptions } from "../../formats/model-options.ts";
import { pickLimits } from "../../image/limits.ts";
import { describeDataJob, describeDataModel } from "../describe-data-job.ts";
import type { EvaluationRequest } from "../evaluate-model.ts";
import { markOfFile } from "../train/marks.ts";
import { writeMarks } from "../train/run-file.ts";
import type { PictureAnswer } from "./answers.ts";

/** Pictures in a unit: few, so that all machines have some, but of many pictures more. */
function unitSize(pictures: number): number {
  return Math.min(32, Math.max(1, Math.ceil(pictures / 256)));
}

/** What an evaluation is described by. */
export interface EvaluationSource {
  /** The model as it was named, and what was said about it. */
  readonly named: string;
  readonly said: ModelOptions;
  readonly backend: EvaluationJobBody["backend"];
}

/** A hash of pictures' names in their order. */
export function namesHash(samples: readonly Pick<Sample<never>, "name">[]): string {
  const hash = createHash("sha256");
  for (const { name } of samples) hash.update(`${JSON.stringify(name)}\n`);
  return hash.digest("hex");
}

/** By what a picture is known to be the same on another machine. */
export async function identityOf({
  name,
  path,
}: Pick<Sample<never>, "name" | "path">): Promise<Pick<PictureAnswer, "name" | "mark">> {
  return { name, mark: (path === undefined ? undefined : await markOfFile(path)) ?? 0 };
}

/** Describes an evaluation of these pictures. */
export async function describeEvaluation(
  { named, said, backend }: EvaluationSource,
  {
    samples,
    request,
  }: {
    readonly samples: readonly Pick<Sample<never>, "name">[];
    readonly request: EvaluationRequest;
  },
): Promise<{ readonly job: EvaluationJob; readonly files: ReadonlyMap<string, Uint8Array> }> {
  const { source, limit, scoreThreshold, threshold, damaged, run } = request;
  const { model, files } = await describeDataModel(named, said);
  const { data, list, format, voidValues } = source;
  const told = { format, voidValues, limit, scoreThreshold, threshold, ...pickLimits(request) };
  const body: EvaluationJobBody = {
    ...(await describeDataJob({ backend, data, list, damaged })),
    model,
    // As a file has it: what is undefined is absent.
    told: JSON.parse(JSON.stringify(told)),
    trained: writeMarks(run.trained ?? new Set()),
    ...{ pictures: samples.length, names: namesHash(samples) },
    unit: unitSize(samples.length),
  };
  return { job: { id: nameOf(body), ...body }, files };
}
