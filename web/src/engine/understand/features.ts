/** What a network makes of a picture on its way: feature maps, and what spoke for a class. */
import { transfer } from "comlink";
import {
  type Classifier,
  type ClassifierModel,
  classActivation,
  decodeImage,
  type Graph,
  type ImageInput,
  loadClassifier,
  loadModel,
  MobileNetError,
  type NodeValues,
  overlayActivation,
  type PooledHead,
  pooledHead,
  profileByBlock,
  type RgbImage,
} from "mobilenetv2";
import { variedChannels } from "../../../../src/experiments/receptive-field/maps.ts";
import type { OnLoaded } from "../engine-api.ts";
import { modelsFolder } from "../models-folder.ts";
import type { LookedAt, ShownChannels } from "../understand-api.ts";
import { identityOf, sourceOf } from "../vision.ts";
import { bitmapOf, drawChannels, seenImage } from "./draw-maps.ts";
import { npyFile } from "./npy.ts";

/** A classifier whose inner values can be read. */
interface Opened {
  readonly model: ClassifierModel;
  readonly classifier: Classifier<ImageInput>;
  /** Undefined where there are no class activation maps. */
  readonly head: PooledHead | undefined;
}

let opened: { readonly identity: unknown; readonly ready: Promise<Opened> } | undefined;

/** The picture that was looked at last, with its values by name. */
let looked:
  | {
      readonly picture: Blob;
      readonly model: ClassifierModel;
      readonly head: PooledHead | undefined;
      readonly values: ReadonlyMap<string, NodeValues>;
    }
  | undefined;

/** How often it was looked: a small picture may be done before a large one that came first. */
let looks = 0;

/** Runs a classifier over a picture, and keeps what is inside. */
export async function look(name: string, picture: Blob, onLoaded: OnLoaded): Promise<LookedAt> {
  looks++;
  const mine = looks;
  const identity = identityOf(name);
  if (opened?.identity !== identity) reopen(name, identity, onLoaded);
  const { model, classifier, head } = await opened!.ready;
  const values = await classifier.values(picture);
  const classes = await classifier.classify(picture, { topK: 5 });
  // Another model or picture may have been asked for meanwhile.
  if (mine === looks) {
    looked = { picture, model, head, values: new Map(values.map((one) => [one.name, one])) };
  }
  return {
    maps: values.map(({ name: map, shape, quantization }) => {
      const [, rows = 1, columns = 1, channels = 1] = shape;
      return { name: map, rows, columns, channels, eightBits: quantization !== undefined };
    }),
    classes: classes.map(({ label, index, score }) => ({ label, index, score })),
    hasActivation: head !== undefined && values.some(({ name: map }) => map === "features"),
  };
}

/** Another model takes the place of the one that was looked into. */
function reopen(name: string, identity: unknown, onLoaded: OnLoaded): void {
  opened?.ready.then(
    ({ classifier }) => classifier.dispose(),
    () => undefined,
  );
  const ready = open(name, onLoaded);
  opened = { identity, ready };
  looked = undefined;
  ready.catch(() => {
    if (opened?.ready === ready) opened = undefined;
  });
}

async function open(name: string, onLoaded: OnLoaded): Promise<Opened> {
  const model = await loadModel(await sourceOf(name, onLoaded), {
    baseUrl: modelsFolder.href,
    onProgress: ({ loadedBytes, totalBytes }) => onLoaded(loadedBytes, totalBytes),
  });
  if (model.task !== "classify") {
    throw new MobileNetError("invalid-argument", "the model is no classifier", {
      ...{ node: model.name, expected: "classify", received: model.task },
    });
  }
  const outputs = mapsOf(model.graph);
  const classifier = await loadClassifier(model, { outputs, threads: "auto" });
  return { model, classifier, head: await headOf(model.graph) };
}

/** The short names of a network's maps, in the order of the data. */
function mapsOf(graph: Graph): readonly string[] {
  const { rows } = profileByBlock(graph);
  const blocks = rows
    .filter(({ part }) => part.startsWith("block"))
    .reduce((sum, { repeats }) => sum + repeats, 0);
  const has = (name: string): readonly string[] =>
    rows.some(({ part }) => part === name) ? [name] : [];
  return [
    ...["input", ...has("stem")],
    ...Array.from({ length: blocks }, (_, i) => `block_${i}`),
    ...has("features"),
  ];
}

/** The head in real numbers. */
async function headOf(graph: Graph): Promise<PooledHead | undefined> {
  if (!graph.nodes.some(({ quantization }) => quantization)) return pooledHead(graph);
  const { floatNetwork } = await import("mobilenetv2/train");
  try {
    return pooledHead(floatNetwork(graph));
  } catch (error) {
    // Another network than MobileNetV2 in 8 bits has no maps here.
    if (error instanceof MobileNetError && error.code === "unsupported") return undefined;
    throw error;
  }
}

/** So many channels are drawn at most. */
const mostChannels = 20;

/** Draws the channels of a map that vary most. */
export function showChannels(map: string): ShownChannels {
  const values = valuesOf(map);
  const spreads = variedChannels(values);
  const shown = spreads.slice(0, mostChannels);
  const { drawing, across } = drawChannels(values, shown);
  const channels = shown.map(({ channel, least, most, variance }) => ({
    ...{ channel, least, most, deviation: Math.sqrt(Math.max(0, variance)) },
  }));
  const constant = spreads.filter(({ least, most }) => least === most).length;
  return transfer({ channels, drawing, across, constant }, [drawing]);
}

/** A map's values as a file that NumPy reads. */
export function mapFile(map: string): Blob {
  return npyFile(valuesOf(map));
}

/** The picture under the activation map of a class, yellow where it speaks for it most. */
export async function activation(classIndex: number): Promise<ImageBitmap> {
  const { head, picture, model } = lookedAt();
  if (head === undefined) throw new Error("this model has no class activation maps");
  const { shape, data } = valuesOf("features");
  const [, rows = 1, columns = 1] = shape;
  const map = classActivation(head, { rows, columns, features: data }, classIndex);
  const most = map.values.reduce((largest, value) => Math.max(largest, value), 0);
  const drawing = bitmapOf(overlayActivation(await seen(picture, model), map, most));
  return transfer(drawing, [drawing]);
}

/** What of the picture the network sees: all of it where it is stretched, else its input. */
async function seen(picture: Blob, { preprocess }: ClassifierModel): Promise<RgbImage> {
  if (preprocess.fit.kind !== "stretch") return seenImage(valuesOf("input"), preprocess);
  const least = ({ width, height }: Pick<RgbImage, "width" | "height">) => {
    const scale = Math.min(1, 480 / Math.max(width, height));
    return { width: width * scale, height: height * scale };
  };
  return await decodeImage(new Uint8Array(await picture.arrayBuffer()), { least });
}

function lookedAt(): NonNullable<typeof looked> {
  if (looked === undefined) throw new Error("no picture was looked at");
  return looked;
}

function valuesOf(map: string): NodeValues {
  const values = lookedAt().values.get(map);
  if (values === undefined) throw new Error(`there is no map ${map}`);
  return values;
}
