/** What both entries of the library export of conversion. */
export type {
  ConversionChange,
  ConversionReport,
  Converted,
  ConvertOptions,
  ConvertProgress,
  FileOptions,
  OutputComparison,
  Precision,
} from "./conversion.ts";
export type { ConversionTarget } from "./targets.ts";
export { tfliteFile } from "./tflite-file.ts";
