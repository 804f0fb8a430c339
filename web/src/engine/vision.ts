/** Models looked after and asked, in the worker. */
import { transfer } from "comlink";
import {
  type Classifier,
  type Detector,
  type Embedder,
  hubRecords,
  type ImageInput,
  type LoadOptions,
  loadClassifier,
  loadDetector,
  loadEmbedder,
  loadSegmenter,
  type ModelFiles,
  paintDetections,
  paintSegmentation,
  type Segmentation,
  type Segmenter,
} from "mobilenetv2";
import type {
  Answer,
  ModelChoice,
  OnLoaded,
  OpenedModel,
  Picture,
  Verb,
  VisionApi,
} from "./engine-api.ts";
import { fetchModel, type HostedModel, readModelList } from "./model-list.ts";
import { modelsFolder } from "./models-folder.ts";

interface Models {
  classify: Classifier<ImageInput>;
  detect: Detector<ImageInput>;
  segment: Segmenter<ImageInput>;
  embed: Embedder<ImageInput>;
}

const loaders: {
  [V in Verb]: (source: string | ModelFiles, options: LoadOptions) => Promise<Models[V]>;
} = {
  classify: loadClassifier,
  detect: loadDetector,
  segment: loadSegmenter,
  embed: loadEmbedder,
};

/** One model of each verb at a time. */
const opened = new Map<Verb, { readonly name: string; readonly model: Promise<Models[Verb]> }>();

/** The host's list, as it was read last. */
let hosted: readonly HostedModel[] = [];

/** Models that were made in this browser. */
const own = new Map<string, ModelFiles>();

/** Lists a model of this browser's own, or forgets it; one that was open under the name goes. */
export function setOwnModel(name: string, files: ModelFiles | undefined): void {
  if (files === undefined) own.delete(name);
  else own.set(name, files);
  for (const [verb, { name: open }] of opened) if (open === name) close(verb);
}

/** What was found last: with another opacity it is painted anew. */
let segmented:
  | {
      readonly model: Models["segment"];
      readonly found: Segmentation;
      readonly milliseconds: number;
    }
  | undefined;

export const vision: VisionApi = {
  async models() {
    hosted = await readModelList(modelsFolder).catch((error: unknown) => {
      // Those of this browser need no host.
      if (own.size === 0) throw error;
      return [];
    });
    const tasks = new Map(hubRecords.map(({ name, architecture: { task } }) => [name, task]));
    return [
      ...[...own.keys()].map((name): ModelChoice => ({ name, task: "classify", bytes: 0 })),
      ...hosted.map(
        ({ name, task, bytes }): ModelChoice => ({ name, task: task ?? tasks.get(name), bytes }),
      ),
    ];
  },
  async open(verb, name, onLoaded) {
    if (opened.get(verb)?.name !== name) {
      close(verb);
      const model = load(verb, name, onLoaded);
      opened.set(verb, { name, model });
      model.catch(() => {
        if (opened.get(verb)?.model === model) opened.delete(verb);
      });
    }
    const model = await modelOf(verb);
    const { labels, description } = model;
    const threshold = "scoreThreshold" in model ? model.scoreThreshold : undefined;
    return { name, labels, description, threshold } satisfies OpenedModel;
  },
  classify: (picture, topK) =>
    timed(picture, async () => {
      const model = await modelOf("classify");
      return { result: await model.classify(picture, { topK }) };
    }),
  detect: (picture, scoreThreshold) =>
    timed(picture, async () => {
      const model = await modelOf("detect");
      const result = await model.detect(picture, { scoreThreshold });
      return {
        result,
        drawing: await draw(picture, (context, image) =>
          paintDetections(context, result, { picture: image }),
        ),
      };
    }),
  segment: (picture, opacity, again) =>
    timed(picture, async () => {
      const model = await modelOf("segment");
      const began = performance.now();
      const kept = again && segmented?.model === model ? segmented : undefined;
      const found = kept?.found ?? (await model.segment(picture));
      const milliseconds = kept?.milliseconds ?? performance.now() - began;
      segmented = { model, found, milliseconds };
      const { width, height } = found;
      const { classMap: map, classes: seen } = found;
      const classes = seen.map(({ label, index, pixels }) => ({
        label,
        index,
        share: pixels / map.length,
      }));
      return {
        ...{ result: { width, height, classes }, milliseconds },
        drawing: await draw(picture, (context, image) =>
          paintSegmentation(context, found, { picture: image, opacity }),
        ),
      };
    }),
  embed: (picture) =>
    timed(picture, async () => {
      const model = await modelOf("embed");
      return { result: await model.embed(picture, { normalize: true }) };
    }),
};

/** A model of the host: its name, where the library finds its files by that, else the files. */
export async function hostedSource(name: string, onLoaded: OnLoaded): Promise<string | ModelFiles> {
  const listed = hosted.find((each) => each.name === name && !each.named);
  return listed === undefined ? name : await fetchModel(modelsFolder, listed, onLoaded);
}

/** What tells a model of the list from another of its name that is made later. */
export function identityOf(name: string): unknown {
  return own.get(name) ?? name;
}

/** What a model of the list is loaded from, this browser's own among them. */
export async function sourceOf(name: string, onLoaded: OnLoaded): Promise<string | ModelFiles> {
  return own.get(name) ?? (await hostedSource(name, onLoaded));
}

async function load(verb: Verb, name: string, onLoaded: OnLoaded): Promise<Models[Verb]> {
  const source = await sourceOf(name, onLoaded);
  return await loaders[verb](source, {
    baseUrl: modelsFolder.href,
    threads: "auto",
    onProgress: ({ loadedBytes, totalBytes }) => onLoaded(loadedBytes, totalBytes),
  });
}

function close(verb: Verb): void {
  const model = opened.get(verb)?.model;
  opened.delete(verb);
  model?.then(
    (each) => each.dispose(),
    () => undefined,
  );
}

function modelOf<V extends Verb>(verb: V): Promise<Models[V]> {
  const model = opened.get(verb)?.model;
  if (model === undefined) throw new Error(`no model to ${verb} with is open`);
  return model as Promise<Models[V]>;
}

/** Answers with how long it took. A frame is at its end with its answer. */
async function timed<Result>(
  picture: Picture,
  ask: () => Promise<Omit<Answer<Result>, "milliseconds"> & { readonly milliseconds?: number }>,
): Promise<Answer<Result>> {
  const began = performance.now();
  try {
    const answer = await ask();
    const milliseconds = performance.now() - began;
    const { drawing } = answer;
    return transfer({ milliseconds, ...answer }, drawing === undefined ? [] : [drawing]);
  } finally {
    if (picture instanceof ImageBitmap) picture.close();
  }
}

/** A picture with marks on it. */
async function draw(
  picture: Picture,
  paint: (context: OffscreenCanvasRenderingContext2D, image: ImageBitmap) => unknown,
): Promise<ImageBitmap> {
  const image = picture instanceof ImageBitmap ? picture : await createImageBitmap(picture);
  const canvas = new OffscreenCanvas(1, 1);
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("this browser draws nothing outside of a page");
  try {
    paint(context, image);
  } finally {
    if (image !== picture) image.close();
  }
  return canvas.transferToImageBitmap();
}
