/** What both entries of the library export of conversion. */

export type { WrittenScheme } from "../formats/weight-names.ts";
export type { FileEnds } from "../quantize/file-ends.ts";
export type {
  ConversionChange,
  ConversionReport,
  ConversionTarget,
  Converted,
  ConvertOptions,
  ConvertProgress,
  FileOptions,
  FilePrecision,
  OutputComparison,
} from "./conversion.ts";
export type { DetectorBoxes } from "./detector-boxes.ts";
export { tfliteFile } from "./tflite-file.ts";
