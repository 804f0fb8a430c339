/**
 * What a network is: the arguments that build it, and the nodes that others know by what they are to
 * it. The builders of `models/` put both on the graphs they make, where they stay as long as a rewrite
 * leaves the network what it is: nobody has to read them off names and shapes.
 */

/** What every network's builder is told. */
interface NetworkArguments {
  /** Width multiplier α. */
  readonly width: number;
  /** Of the input. */
  readonly resolution: readonly [rows: number, columns: number];
  /** Outputs of a classifier, a segmenter's with the background, a detector's without it. */
  readonly classes: number;
  /** Where convolutions pad: `same` as TensorFlow, `symmetric` as PyTorch. */
  readonly padding: "same" | "symmetric";
  /** Batch norm's ε, also where the batch norms are folded. */
  readonly epsilon: number;
}

/**
 * What may be another in the inverted residual, as in the paper's experiments (section 6.4, figure 6);
 * what is absent is the paper's own block.
 */
export interface BlockVariant {
  /**
   * Whether ReLU6 follows the projection's batch norm, too, before a shortcut is added (figure 6a).
   * Default: false, the linear bottleneck.
   */
  readonly nonlinear?: boolean;
  /**
   * What shortcuts join (figure 6b): `bottleneck`, a block's input and its projection; `none`, nothing;
   * `expansion`, what the depthwise convolutions of two blocks in a row read, where the first has
   * stride 1 and both have as many channels. Default: `bottleneck`.
   */
  readonly shortcut?: "bottleneck" | "none" | "expansion";
  /**
   * The expansion factor t of all rows of table 2 but the first, which has none there: a whole number
   * from 1 to 64. Default: 6.
   */
  readonly expansion?: number;
}

/** What networks on MobileNetV2's blocks have. */
interface BlockArguments {
  /** How its blocks differ from the paper's; absent where they do not. */
  readonly block?: BlockVariant;
}

/** MobileNetV2 as a classifier (section 4). */
export interface MobileNetV2Architecture extends NetworkArguments, BlockArguments {
  readonly network: "mobilenet-v2";
  readonly task: "classify";
  /** Strides (1 or 2) of the stem and of table 2's seven rows. */
  readonly strides: readonly number[];
  readonly outputStride: 8 | 16 | 32;
  /** Channels of dense ReLU layers between the pool and the classifier; mostly none. */
  readonly hidden: readonly number[];
  /**
   * What makes scores of the logits: a softmax over all classes, or a sigmoid each, where a picture may
   * have several classes or none. Absent for the softmax.
   */
  readonly scores?: "sigmoid";
}

/** MobileNetV1 as a classifier. */
export interface MobileNetV1Architecture extends NetworkArguments {
  readonly network: "mobilenet-v1";
  readonly task: "classify";
}

/** Bottlenecks of ResNet in MobileNetV2's rows, as a classifier (figure 3a). */
export interface BottleneckResnetArchitecture extends NetworkArguments {
  readonly network: "bottleneck-resnet";
  readonly task: "classify";
}

/** SSDLite on MobileNetV2, a detector (section 6.2). */
export interface SsdliteArchitecture extends NetworkArguments, BlockArguments {
  readonly network: "ssdlite";
  readonly task: "detect";
  readonly strides: readonly number[];
  /** `separable` is SSDLite; `full` has plain 3×3 convolutions. */
  readonly predictors: "separable" | "full";
  /**
   * What makes scores of an anchor's logits: a sigmoid each, or a softmax over background and classes.
   * Absent for `sigmoid`.
   */
  readonly scores?: "softmax";
}

/** DeepLabv3 on MobileNetV2, a segmenter (section 6.3). */
export interface DeeplabV3Architecture extends NetworkArguments, BlockArguments {
  readonly network: "deeplabv3";
  readonly task: "segment";
  readonly strides: readonly number[];
  readonly outputStride: 8 | 16 | 32;
  /** Atrous spatial pyramid pooling in place of the light head. */
  readonly aspp: boolean;
}

/** The arguments that build a network, told apart by `network` or by `task`. */
export type Architecture =
  | MobileNetV2Architecture
  | MobileNetV1Architecture
  | BottleneckResnetArchitecture
  | SsdliteArchitecture
  | DeeplabV3Architecture;

/** The nodes that others need, by what they are; each is the name of a node, activation included. */
export interface Landmarks {
  /** The first convolution's output. */
  readonly stem: string;
  /** The output of each block, in order. */
  readonly blocks: readonly string[];
  /** The map that the head starts from; its spatial mean is the embedding. */
  readonly features: string;
  /** A classifier's mean over the features. */
  readonly pool?: string;
  /** The scores of the classes before softmax or sigmoid. */
  readonly logits: string;
}
