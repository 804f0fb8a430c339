/**
 * How a folder of pictures is trained on where nobody says: a table of ways, each with the folders that it
 * is for and the figures that speak for it, and an estimate of the time that each takes. Whoever chooses
 * writes the choice down, because the estimate is another at every start.
 */
import type { MobileNetV2Architecture } from "../graph/architecture.ts";
import { countCost } from "../graph/cost.ts";
import type { Graph } from "../graph/ir.ts";
import { mobilenetV2 } from "../models/mobilenet-v2.ts";
import { splitGraph } from "./freeze.ts";
import { type RecipeName, recipes } from "./recipes.ts";

/** What a way is chosen by. */
export interface DataFacts {
  readonly classes: number;
  /** Pictures to train on, and to test on. */
  readonly training: number;
  readonly testing: number;
  /** Pictures to train on of the class in the middle. */
  readonly perClass: number;
  /** Pixels along the longer edge of the picture in the middle. */
  readonly edge: number;
  /** Seconds that reading and decoding a picture takes. */
  readonly readSeconds: number;
}

/** A way to train. */
export interface TrainingWay {
  /** What is frozen last; `none` for nothing. */
  readonly freeze: string;
  /** The most rows and columns: weights that saw smaller pictures keep theirs. */
  readonly resolution: number;
  readonly recipe: RecipeName;
  /** Absent for the recipe's. */
  readonly epochs?: number;
}

/** What of a way is settled. */
export type FixedWay = { readonly [Name in keyof TrainingWay]?: TrainingWay[Name] | undefined };

interface WayRow extends TrainingWay {
  /** The fewest pictures of each class that it is for. */
  readonly perClass: number;
  /** The least edge of pictures that gain from it. */
  readonly edge: number;
  /** Where it would take longer, it is left for the next. */
  readonly minutes: number;
}

/**
 * Ways from published weights, the most accurate first where they are for the same folders; the last is
 * for every folder. Figures are in bench/results/train-defaults.json (`node bench/train-defaults.js`).
 */
export const ways: readonly WayRow[] = [
  // 81 classes of 36 photographs: 85.2 %, where the next reaches 76.6 % and the last 70.7 %; 6 of 88: 90.2
  // and 85.3 %. With 20 of each of CIFAR-10's it is the other way round: 65.5 %, 72.7 % and 67.2 %.
  {
    ...{ perClass: 25, edge: 96, minutes: 20 },
    ...{ freeze: "none", resolution: 160, recipe: "fine-tune", epochs: 8 },
  },
  {
    ...{ perClass: 0, edge: 0, minutes: 60 },
    ...{ freeze: "block_13", resolution: 128, recipe: "few" },
  },
  {
    ...{ perClass: 0, edge: 0, minutes: Number.POSITIVE_INFINITY },
    ...{ freeze: "head", resolution: 128, recipe: "few" },
  },
];

/** From scratch pays for thousands of small pictures of each class. */
export function suitsScratch({ perClass, edge }: DataFacts): boolean {
  return perClass >= 1000 && edge <= 64;
}

/** How fast a machine is. */
export interface MachineSpeed {
  /** Multiply-adds a second of a compiled network, with all threads. */
  readonly forward: number;
  /** Threads that make samples. */
  readonly workers: number;
}

/** A way that was chosen, and how long it will take. */
export interface ChosenWay {
  readonly way: TrainingWay;
  readonly seconds: number;
}

/**
 * The first way that is for such data and takes no longer than it may, else the quickest of those.
 *
 * @param fixed - What is settled already.
 * @param base - The width of the model to start from, and its rows and columns.
 */
export function chooseWay(
  facts: DataFacts,
  fixed: FixedWay,
  { base, speed }: { readonly base: BaseSize; readonly speed: MachineSpeed },
): ChosenWay {
  const suited = ways.filter(
    ({ perClass, edge }) => facts.perClass >= perClass && facts.edge >= edge,
  );
  const chosen = fitting(suited, fixed).map((row): ChosenWay & { readonly isQuick: boolean } => {
    const { freeze = row.freeze, recipe = row.recipe } = fixed;
    // The epochs of a row are those of its own recipe.
    const epochs = fixed.epochs ?? (recipe === row.recipe ? row.epochs : undefined);
    const resolution = fixed.resolution ?? Math.min(row.resolution, base.resolution);
    const way = { freeze, resolution, recipe, ...(epochs === undefined ? {} : { epochs }) };
    const seconds = secondsOf(way, facts, { base, speed });
    return { way, seconds, isQuick: seconds <= 60 * row.minutes };
  });
  const quickest = () => chosen.reduce((best, one) => (one.seconds < best.seconds ? one : best));
  const { way, seconds } = chosen.find(({ isQuick }) => isQuick) ?? quickest();
  return { way, seconds };
}

/** The rows that are as what is settled, as far as there are any. */
function fitting(rows: readonly WayRow[], fixed: FixedWay): readonly WayRow[] {
  const by = (fits: (row: WayRow) => boolean, from: readonly WayRow[]): readonly WayRow[] => {
    const found = from.filter(fits);
    return found.length > 0 ? found : from;
  };
  const { freeze, recipe } = fixed;
  const alike = (a: string): boolean => (a === "none") === (freeze === "none");
  const frozen = freeze === undefined ? rows : by((row) => alike(row.freeze), ways);
  const named = freeze === undefined ? frozen : by((row) => row.freeze === freeze, frozen);
  return recipe === undefined ? named : by((row) => row.recipe === recipe, named);
}

/** What the model to start from is like. */
export interface BaseSize {
  readonly width: number;
  /** Rows and columns. */
  readonly resolution: number;
}

/**
 * The speeds of training and of a frozen part that is fed one sample after the other, as shares of a
 * compiled network's: by 2333 photographs, of which all layers took 10 minutes on two cores at 160² (8
 * epochs), and the blocks behind block_13 took 4 at 128² (15 epochs).
 */
const [trainingShare, frozenShare] = [0.3, 0.6];

/** Seconds that one thread takes to augment and resize a picture that is decoded. */
const sampleSeconds = 3e-3;

/** About how long a way takes. */
function secondsOf(
  { freeze, resolution, recipe, epochs = recipes[recipe].epochs }: TrainingWay,
  facts: DataFacts,
  { base, speed }: { readonly base: BaseSize; readonly speed: MachineSpeed },
): number {
  const graph = mobilenetV2({ width: base.width, resolution, classes: facts.classes });
  const { views } = recipes[recipe];
  return estimateSeconds({ epochs, views }, facts, { cost: trainingCost(graph, freeze), speed });
}

/** Multiply-adds of a picture. */
export interface TrainingCost {
  /** Of what is frozen, the same in every epoch; 0 where nothing is. */
  readonly frozen: number;
  readonly trained: number;
}

/** What a network costs that is frozen up to here; `none` for all of it. */
export function trainingCost(graph: Graph, freeze: string): TrainingCost {
  if (freeze === "none") return { frozen: 0, trained: countCost(graph).multiplyAdds };
  const { frozen, trained } = splitGraph(graph, freeze);
  return { frozen: countCost(frozen).multiplyAdds, trained: countCost(trained).multiplyAdds };
}

/** About how long a run takes, of whichever task: its epochs of so many pictures through its network. */
export function estimateSeconds(
  { epochs, views = epochs }: { readonly epochs: number; readonly views?: number | undefined },
  { training, testing, readSeconds }: Pick<DataFacts, "training" | "testing" | "readSeconds">,
  { cost, speed }: { readonly cost: TrainingCost; readonly speed: MachineSpeed },
): number {
  const { frozen, trained } = cost;
  // The features of frozen layers are kept, once for each view of a picture.
  const [versions, tests] = frozen === 0 ? [epochs, epochs] : [Math.min(views, epochs), 1];
  const samples = training * versions + testing * tests;
  const making = samples * sampleSeconds + (training + testing) * readSeconds;
  const work =
    (samples * frozen) / frozenShare +
    testing * epochs * trained +
    (training * epochs * 3 * trained) / trainingShare;
  return making / Math.max(1, speed.workers) + work / speed.forward + 2;
}

/** What an epoch whose frozen features are kept takes, as a share of one that computes them. */
export function keptShare(
  { width, resolution }: Pick<MobileNetV2Architecture, "width" | "resolution">,
  freeze: string,
): number {
  const { frozen, trained } = trainingCost(mobilenetV2({ width, resolution }), freeze);
  const kept = (3 * trained) / trainingShare;
  return kept / (kept + frozen / frozenShare);
}
