/**
 * Training as a library, `mobilenetv2/train`, in Node: a whole session as the command line runs it, or
 * its parts for a loop, a loss or data of one's own. `browser.ts` is its twin.
 */
export { detectionDataSet } from "../data/detection-set-node.ts";
export { folderDataSet } from "../data/folder-node.ts";
export type { SplitOptions } from "../data/labelled-files-node.ts";
export { listDataSet, multiLabelDataSet } from "../data/list-node.ts";
export { maskDataSet } from "../data/mask-set-node.ts";
export type { FolderReading } from "../data/picture-files-node.ts";
export { cifar10DataSet, mnistDataSet } from "../data/published-node.ts";
export type { PullOptions } from "../hub/pull-node.ts";
export { fileCheckpoint } from "./checkpoint-node.ts";
export * from "./common.ts";
export { openSamplePool, type SamplePoolOptions } from "./data/sample-pool-node.ts";
