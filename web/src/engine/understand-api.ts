/** What the page asks of its engine to look into the paper. Everything crosses as plain values. */
import type { BlockRow } from "mobilenetv2";
import type { BlockForm } from "../../../src/experiments/blocks/build-block.ts";
import type { BlockStep } from "../../../src/experiments/blocks/steps.ts";
import type { ActivationName } from "../../../src/experiments/manifold/activations.ts";
import type { OnLoaded } from "./engine-api.ts";

/** Figure 1, once. */
export interface ManifoldAsked {
  /** n, the dimensions that the spiral is embedded in. */
  readonly channels: number;
  readonly activation: ActivationName;
  /** Which random T. */
  readonly seed: number;
}

/** Points in the plane, x and y in turn. */
export type Points = Float64Array;

/** What came back of n dimensions. */
export interface ManifoldBack {
  readonly channels: number;
  readonly points: Points;
  /** The indices of points whose image another point has, too. */
  readonly coinciding: readonly number[];
  /** Shares of the points, 0 to 1: where the plane became a line or a point; with another's image. */
  readonly flattenedShare: number;
  readonly coincidingShare: number;
  /** The distance to the spiral over its size, as it is and after the best shift and factor. */
  readonly error: number;
  readonly shapeError: number;
  /** What appendix A expects of ReLU, whatever the activation. */
  readonly expectedShare: number;
}

/** The spiral, what came back of the n that was asked for, and of those of the paper. */
export interface ManifoldShown {
  readonly spiral: Points;
  readonly chosen: ManifoldBack;
  readonly paper: readonly ManifoldBack[];
}

/** A block to be counted; channels are those of width 1. */
export interface BlockSettings {
  readonly resolution: number;
  readonly inputChannels: number;
  readonly outputChannels: number;
  readonly width: number;
  /** t. */
  readonly expansion: number;
  readonly stride: number;
}

/** One of the forms of the same input and output. */
export interface BlockCost {
  readonly form: BlockForm;
  readonly steps: readonly BlockStep[];
  readonly parameters: number;
  readonly multiplyAdds: number;
  /** Bytes in float32: of the largest feature map, and of all that a run holds at once. */
  readonly largestBytes: number;
  readonly runBytes: { readonly fused: number; readonly unfused: number };
}

/** The middle of several measurements, in milliseconds, and between what half of them lie. */
export interface Milliseconds {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** A network without trained weights. */
export interface NetworkSize {
  readonly width: number;
  readonly resolution: number;
}

/** A network, counted row by row. */
export interface CountedLayers {
  readonly parameters: number;
  readonly multiplyAdds: number;
  /** Of feature maps while it runs, with blocks fused and layer by layer. */
  readonly arenaBytes: { readonly fused: number; readonly unfused: number };
  readonly rows: readonly Omit<BlockRow, "nodes">[];
}

/** The same, measured on one thread. */
export interface MeasuredLayers extends CountedLayers, NetworkSize {
  /** Of whole runs. */
  readonly whole: { readonly fused: Milliseconds; readonly unfused: Milliseconds };
  /** Of each row's steps, in milliseconds; undefined where another row's step does its work. */
  readonly times: readonly {
    readonly fused: number | undefined;
    readonly unfused: number | undefined;
  }[];
  /** How it runs: backend, instruction set, threads. */
  readonly description: string;
}

/** How far it is, 0 to 1. */
export type OnShare = (share: number) => void;

/** A network of the trade-off, as it is measured here. */
export interface MeasuredVariant extends NetworkSize {
  readonly parameters: number;
  readonly multiplyAdds: number;
  readonly milliseconds: Milliseconds;
}

export type OnVariant = (variant: MeasuredVariant) => void;

/** A feature map of a picture. */
export interface MapOutline {
  /** `input`, `stem`, `block_0` …, `features`. */
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
  readonly eightBits: boolean;
}

/** A picture, looked at. */
export interface LookedAt {
  readonly maps: readonly MapOutline[];
  readonly classes: readonly {
    readonly label: string;
    readonly index: number;
    readonly score: number;
  }[];
  /** Whether the head allows class activation maps. */
  readonly hasActivation: boolean;
}

/** One channel of a map. */
export interface ChannelFigures {
  readonly channel: number;
  readonly least: number;
  readonly most: number;
  readonly deviation: number;
}

/** The channels of a map that vary most, the most first, and their drawing. */
export interface ShownChannels {
  readonly channels: readonly ChannelFigures[];
  /** A square each, in rows of so many. */
  readonly drawing: ImageBitmap;
  readonly across: number;
  /** How many channels have the same value everywhere. */
  readonly constant: number;
}

/** What understanding asks. */
export interface UnderstandApi {
  manifold(asked: ManifoldAsked): Promise<ManifoldShown>;
  block(settings: BlockSettings): Promise<readonly BlockCost[]>;
  countLayers(size: NetworkSize): Promise<CountedLayers>;
  /** Ends with `aborted` where `stopMeasuring` is called, as does the next one. */
  measureLayers(size: NetworkSize, onShare: OnShare): Promise<MeasuredLayers>;
  tradeOff(sizes: readonly NetworkSize[], onVariant: OnVariant, onShare: OnShare): Promise<void>;
  stopMeasuring(): Promise<void>;
  /** Runs a classifier over a picture; the calls below are about that one. */
  look(model: string, picture: Blob, onLoaded: OnLoaded): Promise<LookedAt>;
  channels(map: string): Promise<ShownChannels>;
  /** A map's values as a `.npy` file. */
  mapFile(map: string): Promise<Blob>;
  /** The picture with what spoke for a class. */
  activation(classIndex: number): Promise<ImageBitmap>;
}
