/** What a quantisation did and cost, as text for people. */
import type { QuantizationReport } from "../quantize/report.ts";
import { printable } from "../untrusted.ts";
import { formatBytes, formatCount, formatPercent, plural } from "./format.ts";
import { formatTable } from "./table.ts";
import type { Writer } from "./terminal.ts";

/** How many layers are named unless all are asked for. */
const mostLayers = 5;

/** The layers with the most noise as a table, all of them or none, and the totals below. */
export function describeQuantization(
  report: QuantizationReport,
  out: string,
  writer: Writer,
  { layers: all, totals: totalsOnly }: { readonly layers: boolean; readonly totals: boolean },
): string {
  const decibels = (value: number | null): string => (value === null ? "exact" : value.toFixed(1));
  const noisiest = report.layers.toSorted(
    (a, b) => (a.signalToNoise ?? Number.MAX_VALUE) - (b.signalToNoise ?? Number.MAX_VALUE),
  );
  const shown = all ? report.layers : noisiest.slice(0, mostLayers);
  const others = report.layers.length - shown.length;
  const table = formatTable(
    [
      { heading: others > 0 ? "noisiest layers" : "layer" },
      { heading: "operation" },
      { heading: "scale", align: "right" },
      { heading: "zero point", align: "right" },
      { heading: "signal to noise, dB", align: "right" },
    ],
    shown.map(({ name, operation, scale, zeroPoint, signalToNoise }) => [
      printable(name),
      operation,
      scale.toPrecision(4),
      `${zeroPoint}`,
      decibels(signalToNoise),
    ]),
    { heading: writer.dim },
  );
  const more = others > 0 ? writer.dim(`and ${others} more: --layers prints them`) : "";
  const layers = more === "" ? table : `${table}${more}\n`;
  const { agreement, bytes, seconds, evaluation, equalization, settings } = report;
  const seen = evaluation.heldOut ? "held out" : "of the calibration";
  const rows = [
    [`agreement, ${agreement.measure}`, formatPercent(agreement.fraction)],
    ...(agreement.meanIou === undefined
      ? []
      : [["mean intersection over union", formatPercent(agreement.meanIou)]]),
    ...(settings.weights === "per-tensor" ? [["weights", "one scale a layer"]] : []),
    ["compared on", `${plural(evaluation.images, "image")} ${seen}`],
    ["calibrated on", plural(report.calibrationImages, "image")],
    ...(equalization === undefined
      ? []
      : [
          [
            "channels equalised",
            `${formatCount(equalization.scaled)} of ${formatCount(equalization.channels)}`,
          ],
        ]),
    ["size", `${formatBytes(bytes.before)} → ${formatBytes(bytes.after)}`],
    ["time", `${(seconds.calibration + seconds.evaluation).toFixed(1)} s`],
  ];
  const totals = formatTable([{ heading: "result" }, { heading: "", align: "right" }], rows, {
    heading: writer.dim,
  });
  const title = `${writer.bold(printable(report.model))}  ${writer.dim(`→ ${printable(out)}`)}`;
  return `${title}\n\n${totalsOnly ? "" : `${layers}\n`}${totals}`;
}
