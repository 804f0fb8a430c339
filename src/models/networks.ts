/**
 * The networks by name: what each is, what builds it and which of the builder's options it has. A
 * name stands in an architecture, on the command line and in the files of trained models.
 */
import { MobileNetError } from "../errors.ts";
import type { Architecture, BlockVariant } from "../graph/architecture.ts";
import type { Network } from "../graph/ir.ts";
import { didYouMean } from "../suggest.ts";
import { quote } from "../untrusted.ts";
import { fieldsOf, wrongArgument } from "../wrong-argument.ts";
import { bottleneckResnet } from "./bottleneck-resnet.ts";
import { deeplabV3 } from "./deeplab.ts";
import { mobilenetV1 } from "./mobilenet-v1.ts";
import { mobilenetV2 } from "./mobilenet-v2.ts";
import { ssdlite } from "./ssdlite.ts";

/** The name of a network. */
export type NetworkName = Architecture["network"];

/** What may be varied without weights; the builder's own default where absent. */
export interface Variation {
  readonly width?: number;
  readonly resolution?: number | readonly [rows: number, columns: number];
  readonly classes?: number;
  readonly outputStride?: 8 | 16 | 32;
  readonly aspp?: boolean;
  readonly block?: BlockVariant;
}

/** A row of the table. */
export interface NetworkRow {
  /** One line for people. */
  readonly title: string;
  readonly build: (options: Variation) => Network;
  /** Its options besides width, resolution and classes. */
  readonly takes: readonly Exclude<keyof Variation, "width" | "resolution" | "classes">[];
}

/**
 * The table: titles, builders and options by name.
 *
 * @example
 * ```ts
 * const graph = networks["deeplabv3"].build({ width: 0.5, resolution: 257, outputStride: 16 });
 * graph.outputs; // ["logits"]
 * ```
 */
export const networks: Readonly<Record<NetworkName, NetworkRow>> = {
  "mobilenet-v2": {
    title: "MobileNetV2, a classifier",
    build: mobilenetV2,
    takes: ["outputStride", "block"],
  },
  "mobilenet-v1": { title: "MobileNetV1, a classifier", build: mobilenetV1, takes: [] },
  "bottleneck-resnet": {
    title: "ResNet's bottlenecks in MobileNetV2's rows, a classifier",
    build: bottleneckResnet,
    takes: [],
  },
  ssdlite: { title: "SSDLite on MobileNetV2, a detector", build: ssdlite, takes: ["block"] },
  deeplabv3: {
    title: "DeepLabv3 on MobileNetV2, a segmenter",
    build: deeplabV3,
    takes: ["outputStride", "aspp", "block"],
  },
};

/**
 * The network that an architecture describes, without weights.
 *
 * @throws MobileNetError `invalid-argument` when an argument is out of range, or there is no such network.
 *
 * @example
 * ```ts
 * const graph = mobilenetV2({ classes: 5, hidden: [128] });
 * buildNetwork(graph.architecture).nodes.length === graph.nodes.length; // true
 * ```
 */
export function buildNetwork<A extends Architecture>(architecture: A): Network<A> {
  const name = fieldsOf(architecture)["network"];
  if (typeof name !== "string") {
    throw wrongArgument("buildNetwork", "an architecture, as a network's field", architecture);
  }
  if (!Object.hasOwn(networks, name)) {
    const names = Object.keys(networks);
    throw new MobileNetError("invalid-argument", `no network is called ${quote(name)}`, {
      remedy: didYouMean(name, names, `There are ${names.join(", ")}.`),
    });
  }
  const { network, task: _, ...options } = architecture;
  return networks[network].build(options) as Network<A>;
}
