/**
 * The detectors that a session trains: from scratch, on a model's backbone, or on all of a detector's layers
 * but those that tell its classes.
 */
import type { SsdliteArchitecture } from "../graph/architecture.ts";
import { type Graph, type Network, type Node, type Op, parametersOf } from "../graph/ir.ts";
import { ssdlite } from "../models/ssdlite.ts";
import { required } from "../required.ts";
import {
  type BaseNetwork,
  backboneArguments,
  backboneOf,
  checkWidth,
  refuseWidth,
  withLayersOf,
} from "./base-network.ts";
import { lastConvolutions } from "./last-convolutions.ts";

/** Rows and columns of a detector whose size nobody says. */
const usualResolution = 320;

/** What is wanted of a detector. */
interface DetectorChoice {
  /** What to start from; from scratch where absent. */
  readonly from: Graph | undefined;
  /** Without the background. */
  readonly classes: number;
  /** From scratch only. Default 0.5. */
  readonly width: number | undefined;
  /** Default: that of the detector to start from, else 320. */
  readonly resolution: number | readonly [rows: number, columns: number] | undefined;
  readonly scores: "sigmoid" | "softmax";
}

/** The network of a detector, with the weights that it starts from. */
export function detectorGraph(choice: DetectorChoice): Network<SsdliteArchitecture> {
  const { from, classes, width, resolution = usualResolution, scores } = choice;
  if (from === undefined) {
    const { width: own = 0.5 } = choice;
    checkWidth(own);
    return ssdlite({ width: own, resolution, classes, scores });
  }
  refuseWidth(width);
  const base = backboneOf(from);
  const blocks = { ...backboneArguments(base), classes, scores };
  if (!isDetector(base)) {
    const fresh = ssdlite({ ...blocks, resolution });
    return withLayersOf(base, fresh);
  }
  const { predictors, resolution: own } = base.architecture;
  const fresh = ssdlite({ ...blocks, predictors, resolution: choice.resolution ?? own });
  return withDetectorOf(base, fresh);
}

function isDetector(base: BaseNetwork): base is Network<SsdliteArchitecture> {
  return base.architecture.network === "ssdlite";
}

/**
 * A detector whose layers are another's, batch norms folded as they are there and weights included, but for
 * those that tell classes, which are others.
 */
function withDetectorOf(
  base: Network<SsdliteArchitecture>,
  fresh: Network<SsdliteArchitecture>,
): Network<SsdliteArchitecture> {
  const own = new Map(fresh.nodes.map((node) => [node.name, node]));
  const telling = lastConvolutions(base, base.outputs.slice(1));
  const isOwn = ({ op, name }: Node): boolean => sized.includes(op) || telling.has(name);
  const nodes = base.nodes.map((node) => (isOwn(node) ? required(own, node.name) : node));
  const parameters = new Map(base.parameters);
  for (const name of nodes.filter(isOwn).flatMap(parametersOf)) {
    parameters.set(name, required(fresh.parameters, name));
  }
  return { ...fresh, nodes, parameters, landmarks: base.landmarks };
}

/** What depends on the input's size and the number of classes, and has no weights. */
const sized: readonly Op[] = ["input", "reshape", "concat", "sigmoid", "softmax"];
