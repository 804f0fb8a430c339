/** What a conversion made, as text for people. */
import type { ConvertOutput } from "../json/work.ts";
import { printable } from "../untrusted.ts";
import { formatBytes, formatPercent, plural } from "./format.ts";

/** The files, what is another in them, and how near their outputs are. */
export function describeConversion({
  files,
  precision,
  changes,
  bytes,
  agreement,
  comparison,
}: ConvertOutput): string {
  const lines = [
    `${files.map(printable).join(", ")}: ${precision}, ${formatBytes(bytes.after)} of ${formatBytes(bytes.before)}`,
    ...changes.map(({ text }) => `  ${text}`),
    ...(agreement === undefined
      ? []
      : [`  agreement with float, ${agreement.measure}: ${formatPercent(agreement.fraction)}`]),
    ...(comparison === undefined ? [] : [`  ${difference(comparison)}`]),
  ];
  return `${lines.join("\n")}\n`;
}

function difference({
  images,
  largestDifference,
  largestValue,
}: NonNullable<ConvertOutput["comparison"]>): string {
  const on = `on ${plural(images, "image")}`;
  if (largestDifference === 0) return `The file's outputs are the model's, bit by bit, ${on}.`;
  const [most, of] = [largestDifference, largestValue].map((value) => value.toPrecision(3));
  return `The file's outputs differ from the model's by ${most} at most, of values up to ${of}, ${on}.`;
}
