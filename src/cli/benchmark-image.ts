/**
 * Where a picture's time goes: the stages that a loaded model's verb goes through, by the same session
 * and the same task, one picture over and over.
 */
import { throwIfAborted } from "../errors.ts";
import { selectOutputs } from "../graph/rewrite.ts";
import { originalSize } from "../image/image.ts";
import type { PictureTiming } from "../json/measures.ts";
import type { Model } from "../models/model.ts";
import type { BackendOptions } from "../tasks/backend-choice.ts";
import { decode } from "../tasks/decode-node.ts";
import { loadPictureWriter } from "../tasks/picture/load-writer.ts";
import type { DecodeCallOptions } from "../tasks/platform.ts";
import { PictureSession } from "../tasks/session.ts";
import { checkOutputs, outputNodes, type TaskRow, type TaskTypes, taskRun } from "../tasks/task.ts";
import { tasks } from "../tasks/tasks.ts";
import { distributionOf, measureInTurns } from "../timing.ts";

/** Untimed runs before the timed ones. */
const warmUps = 3;

/** Times the answer to one picture, from its file's bytes on. */
export async function measurePicture(
  model: Model,
  bytes: Uint8Array,
  options: BackendOptions & {
    readonly runs: number;
    /** How the picture is decoded, and who stops it all. */
    readonly reading: DecodeCallOptions;
  },
): Promise<PictureTiming> {
  const { runs, reading, ...backend } = options;
  const { signal } = reading;
  // A row is for the models of its own task, as this one is.
  const row: TaskRow<TaskTypes> = Reflect.get(tasks, model.task);
  const outputs = row.outputs(model);
  const graph = selectOutputs(model.graph, outputNodes(model, outputs));
  row.prepare?.();
  const source = { graph, preprocess: model.preprocess, decode };
  using session = await PictureSession.open(source, { ...backend, signal });
  checkOutputs(model, outputs, session.outputShapes);
  await loadPictureWriter();
  const settings = row.settle(model, {});
  let size = { width: 0, height: 0 };
  const [times = []] = await measureInTurns([session], { rounds: runs, warmUps }, async () => {
    throwIfAborted(signal);
    const start = performance.now();
    const run = await session.run(bytes, reading);
    const answered = performance.now();
    row.postprocess(taskRun(model, session, run), settings);
    const end = performance.now();
    size = originalSize(run.image);
    return { ...run.times, postprocess: end - answered, total: end - start };
  });
  type Stage = keyof (typeof times)[number];
  const median = (stage: Stage): number =>
    Number(distributionOf(times.map((of) => of[stage])).median.toFixed(4));
  return {
    ...size,
    decodeMs: median("decode"),
    preprocessMs: median("preprocess"),
    networkMs: median("network"),
    postprocessMs: median("postprocess"),
    totalMs: median("total"),
  };
}
