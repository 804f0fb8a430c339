/** A lesson, in the worker: from examples to a model's files. */
import { loadModel, MobileNetError, type Model } from "mobilenetv2";
import {
  type EpochEvent,
  inverseFrequencyWeights,
  openSession,
  type Recipe,
  recipes,
  type Session,
  writeTrainedModel,
} from "mobilenetv2/train";
import { type LessonData, lessonData } from "./lesson-data.ts";
import { modelsFolder } from "./models-folder.ts";
import type { EpochPoint, Lesson, LessonProgress, LessonReport, Taught, Way } from "./teach-api.ts";
import { Clock } from "./time-left.ts";
import { hostedSource } from "./vision.ts";

/** Rows and columns at most: small enough to be taught in seconds, and to be looked through live. */
const mostPixels = 128;

/** As `src/train/defaults.ts` of the library has measured them. */
const ways: { readonly [W in Way]: { readonly freeze?: string; readonly recipe: Recipe } } = {
  layer: { freeze: "head", recipe: recipes.few },
  blocks: { freeze: "block_13", recipe: recipes.few },
  all: { recipe: recipes["fine-tune"] },
};

/** Told at most so often, in milliseconds; an epoch is told at once. */
const pause = 200;

/** Ends the lesson that goes on. */
let going: AbortController | undefined;

type OnProgress = (progress: LessonProgress) => void;

/** Ends it after its step. */
export function stopTeaching(): void {
  going?.abort();
}

/**
 * Teaches a model.
 *
 * @throws MobileNetError `aborted` where it was stopped; whatever loading and training throw.
 */
export async function teach(lesson: Lesson, onProgress: OnProgress): Promise<Taught> {
  going?.abort();
  const own = new AbortController();
  going = own;
  try {
    return await learn(lesson, { onProgress, signal: own.signal });
  } finally {
    if (going === own) going = undefined;
  }
}

interface Watched {
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

async function learn(lesson: Lesson, { onProgress, signal }: Watched): Promise<Taught> {
  const recipe = recipeOf(lesson);
  const of = recipe.epochs;
  const onLoaded = (loaded: number, total: number | undefined): void => {
    const share = total === undefined ? undefined : loaded / total;
    onProgress({ stage: "loading", share, epochs: [], of });
  };
  onProgress({ stage: "loading", epochs: [], of });
  const from = await loadModel(await hostedSource(lesson.base, onLoaded), {
    baseUrl: modelsFolder.href,
    signal,
    onProgress: ({ loadedBytes, totalBytes }) => onLoaded(loadedBytes, totalBytes),
  });
  onProgress({ stage: "preparing", epochs: [], of });
  const examples = lessonData(lesson);
  const session = await open(lesson, { from, recipe, examples, signal });
  try {
    return await run(session, { lesson, recipe, examples, onProgress });
  } finally {
    session.dispose();
  }
}

function recipeOf({ way, mirrored }: Lesson): Recipe {
  const { recipe } = ways[way];
  return { ...recipe, augmentation: { ...recipe.augmentation, flip: mirrored } };
}

interface Prepared {
  readonly from: Model;
  readonly recipe: Recipe;
  readonly examples: LessonData;
  readonly signal: AbortSignal;
}

function open(
  { way }: Lesson,
  { from, recipe, examples, signal }: Prepared,
): Promise<Session<"classify">> {
  const { width, height } = from.preprocess;
  return openSession({
    data: examples.data,
    from,
    recipe,
    freeze: ways[way].freeze,
    resolution: Math.min(mostPixels, width, height),
    taskSettings: { classWeights: inverseFrequencyWeights(examples.counts) },
    memory: memoryFor(),
    threads: "auto",
    signal,
  });
}

/** What a step may take on this device: where it does not say how much it has, as on a phone. */
function memoryFor(): number {
  const { deviceMemory = 4 } = navigator as { readonly deviceMemory?: number };
  return Math.min(1.2e9, deviceMemory * 0.15e9);
}

interface Running {
  readonly lesson: Lesson;
  readonly recipe: Recipe;
  readonly examples: LessonData;
  readonly onProgress: OnProgress;
}

async function run(
  session: Session<"classify">,
  { lesson, recipe, examples, onProgress }: Running,
): Promise<Taught> {
  const clock = new Clock(recipe.epochs, session.keptAfter);
  const epochs: EpochPoint[] = [];
  let best: EpochEvent | undefined;
  const skipped = new Set<string>();
  let told = 0;
  const tell = (done: number): void => {
    told = performance.now();
    const { share, secondsLeft } = clock.at(done);
    onProgress({ stage: "training", share, secondsLeft, epochs, of: recipe.epochs });
  };
  tell(0);
  for await (const event of session.run()) {
    if (event.kind === "skipped") skipped.add(event.name);
    else if (event.kind === "step") {
      if (performance.now() - told >= pause) tell(event.epoch - 1 + event.step / event.steps);
    } else {
      if (event.best) best = event;
      epochs.push({ loss: event.trainingLoss, accuracy: event.validation?.accuracy ?? 0 });
      tell(event.epoch);
    }
  }
  if (best === undefined) throw new MobileNetError("internal", "a lesson without an epoch");
  const report = reportOf(lesson, { examples, best, epochs, skipped });
  const { base, way, trained, held } = report;
  const model = { ...session.model, training: { from: base, way, trained, held } };
  return { files: writeTrainedModel(model, session.weightsOf(best.weights)), report };
}

interface Learnt {
  readonly examples: LessonData;
  readonly best: EpochEvent;
  readonly epochs: readonly EpochPoint[];
  /** Names of examples that could not be read. */
  readonly skipped: ReadonlySet<string>;
}

function reportOf(
  { base, way, classes }: Lesson,
  { examples, best, epochs, skipped }: Learnt,
): LessonReport {
  const { confusion = [] } = best.validation ?? {};
  const { data, held } = examples;
  const { count, name } = data.training;
  const names = Array.from({ length: count }, (_, index) => name(index));
  return {
    ...{ base, way, held, epochs, best: best.epoch, skipped: skipped.size },
    trained: names.filter((each) => !skipped.has(each)).length,
    classes: classes.map(({ name }, index) => {
      const row = confusion[index] ?? [];
      return { name, pictures: row.reduce((sum, n) => sum + n, 0), right: row[index] ?? 0 };
    }),
  };
}
