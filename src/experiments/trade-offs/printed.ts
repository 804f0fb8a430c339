/** What the paper (arXiv 1801.04381, version 4) prints in tables 4 to 7; none of it is ours. */

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
