/** What the paper (arXiv 1801.04381, version 4) and its published checkpoints print; none of it is ours. */

/** One of the 22 checkpoints. */
export interface Checkpoint {
  readonly width: number;
  readonly resolution: number;
  /** In millions, cut off. */
  readonly multiplyAdds: number;
  /** In millions, rounded to two digits; of convolutions and dense layers. */
  readonly parameters: number;
  /** On ImageNet's validation pictures, in percent. */
  readonly top1: number;
  readonly top5: number;
  /** On a Pixel 1, in milliseconds. */
  readonly pixel1: number;
}

const checkpointRows: readonly (readonly number[])[] = [
  [1.4, 224, 582, 6.06, 75.0, 92.5, 138.0],
  [1.3, 224, 509, 5.34, 74.4, 92.1, 123.0],
  [1.0, 224, 300, 3.47, 71.8, 91.0, 73.8],
  [1.0, 192, 221, 3.47, 70.7, 90.1, 55.1],
  [1.0, 160, 154, 3.47, 68.8, 89.0, 40.2],
  [1.0, 128, 99, 3.47, 65.3, 86.9, 27.6],
  [1.0, 96, 56, 3.47, 60.3, 83.2, 17.6],
  [0.75, 224, 209, 2.61, 69.8, 89.6, 55.8],
  [0.75, 192, 153, 2.61, 68.7, 88.9, 41.6],
  [0.75, 160, 107, 2.61, 66.4, 87.3, 30.4],
  [0.75, 128, 69, 2.61, 63.2, 85.3, 21.9],
  [0.75, 96, 39, 2.61, 58.8, 81.6, 14.2],
  [0.5, 224, 97, 1.95, 65.4, 86.4, 28.7],
  [0.5, 192, 71, 1.95, 63.9, 85.4, 21.1],
  [0.5, 160, 50, 1.95, 61.0, 83.2, 14.9],
  [0.5, 128, 32, 1.95, 57.7, 80.8, 9.9],
  [0.5, 96, 18, 1.95, 51.2, 75.8, 6.4],
  [0.35, 224, 59, 1.66, 60.3, 82.9, 19.7],
  [0.35, 192, 43, 1.66, 58.2, 81.2, 14.6],
  [0.35, 160, 30, 1.66, 55.7, 79.1, 10.5],
  [0.35, 128, 20, 1.66, 50.8, 75.0, 6.9],
  [0.35, 96, 11, 1.66, 45.5, 70.4, 4.5],
];

/** The table that came with the paper's code (tensorflow/models, research/slim/nets/mobilenet). */
export const checkpoints: readonly Checkpoint[] = checkpointRows.map(
  ([width = 0, resolution = 0, multiplyAdds = 0, parameters = 0, ...measured]) => {
    const [top1 = 0, top5 = 0, pixel1 = 0] = measured;
    return { width, resolution, multiplyAdds, parameters, top1, top5, pixel1 };
  },
);

/** A row of tables 4 to 7. */
export interface PrintedNetwork {
  readonly table: 4 | 5 | 6 | 7;
  readonly name: string;
  /** Top-1, mAP or mIoU in percent; of table 5 nothing. */
  readonly accuracy?: number;
  readonly parameters: string;
  readonly multiplyAdds: string;
  /** On a Pixel 1, in milliseconds. */
  readonly cpu?: number;
  /** The name of our count for it, where this package builds the network. */
  readonly ours?: string;
}

/** The tables' rows. */
export const printedRows: readonly PrintedNetwork[] = [
  row(4, "MobileNetV1", 70.6, "4.2 M", "575 M", { cpu: 113, ours: "v1" }),
  row(4, "ShuffleNet (1.5)", 71.5, "3.4 M", "292 M"),
  row(4, "ShuffleNet (x2)", 73.7, "5.4 M", "524 M"),
  row(4, "NasNet-A", 74.0, "5.3 M", "564 M", { cpu: 183 }),
  row(4, "MobileNetV2", 72.0, "3.4 M", "300 M", { cpu: 75, ours: "v2" }),
  row(4, "MobileNetV2 (1.4)", 74.7, "6.9 M", "585 M", { cpu: 143, ours: "v2-1.4" }),
  row(5, "SSD", undefined, "14.8 M", "1.25 B", { ours: "ssd-head" }),
  row(5, "SSDLite", undefined, "2.1 M", "0.35 B", { ours: "ssdlite-head" }),
  row(6, "SSD300", 23.2, "36.1 M", "35.2 B"),
  row(6, "SSD512", 26.8, "36.1 M", "99.5 B"),
  row(6, "YOLOv2", 21.6, "50.7 M", "17.5 B"),
  row(6, "MobileNetV1 + SSDLite", 22.2, "5.1 M", "1.3 B", { cpu: 270 }),
  row(6, "MobileNetV2 + SSDLite", 22.1, "4.3 M", "0.8 B", { cpu: 200, ours: "ssdlite" }),
  row(7, "V1, output stride 16, ASPP", 75.29, "11.15 M", "14.25 B"),
  row(7, "V1, 8, ASPP, several scales", 78.56, "11.15 M", "941.9 B"),
  row(7, "V2*, 16, ASPP", 75.7, "4.52 M", "5.8 B", { ours: "aspp-16" }),
  row(7, "V2*, 8, ASPP, several scales", 78.42, "4.52 M", "387 B", { ours: "aspp-8" }),
  row(7, "V2*, 16", 75.32, "2.11 M", "2.75 B", { ours: "light-16" }),
  row(7, "V2*, 8, several scales", 77.33, "2.11 M", "152.6 B", { ours: "light-8" }),
  row(7, "ResNet-101, 16, ASPP", 80.49, "58.16 M", "81.0 B"),
  row(7, "ResNet-101, 8, ASPP, several scales", 82.7, "58.16 M", "4870.6 B"),
];

function row(
  table: PrintedNetwork["table"],
  name: string,
  accuracy: number | undefined,
  parameters: string,
  multiplyAdds: string,
  more: Pick<PrintedNetwork, "cpu" | "ours"> = {},
): PrintedNetwork {
  const judged = accuracy === undefined ? {} : { accuracy };
  return { table, name, ...judged, parameters, multiplyAdds, ...more };
}
