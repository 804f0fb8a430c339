/**
 * Records of the 8-bit steps that look at several pixels at once: see pool.ts and resize.ts in
 * assembly/int8/.
 */
import type { Step } from "../../../compile/program.ts";
import type { ResizeBilinearNode } from "../../../graph/ir.ts";
import { resolvePads } from "../../../graph/shapes.ts";
import { interpolation } from "../../reference/interpolation.ts";
import { typeRange } from "../../reference/quantized-arithmetic.ts";
import { requantizeTable, sameQuantization } from "../../reference/quantized-map.ts";
import { floatBits, recordWords } from "../record.ts";
import { type Int8EncodeContext, int8Operation, quantizationOf, storedZero } from "./context.ts";
import type { Records } from "./records.generated.ts";
import { pixelBytes } from "./storage.ts";
import { placeTable } from "./tables.ts";

/** Means under a window, or of the whole map. */
export function encodePool(
  { node, inputs, output }: Step,
  context: Int8EncodeContext,
): Records["Pool"] {
  const [input] = inputs;
  const [images, rows, columns, channels] = input.shape;
  const window =
    node.op === "averagePool2d"
      ? node
      : ({ kernel: [rows, columns], stride: 1, dilation: 1, padding: "valid" } as const);
  const pads = resolvePads(window, rows, columns);
  const [from, to] = [quantizationOf(input), quantizationOf(output)];
  const { least, greatest } = typeRange(to.dtype);
  const { variant } = context;
  return {
    op: int8Operation.pool,
    input: context.addressOf(input),
    output: context.addressOf(output),
    images,
    rows,
    columns,
    outputRows: output.shape[1],
    outputColumns: output.shape[2],
    kernelRows: window.kernel[0],
    kernelColumns: window.kernel[1],
    stride: window.stride,
    dilation: window.dilation,
    padTop: pads.top,
    padLeft: pads.left,
    channels,
    inputPixel: pixelBytes(input, variant),
    outputPixel: pixelBytes(output, variant),
    same: sameQuantization(from, to) ? 1 : 0,
    zero: to.zeroPoint,
    low: least - variant.baseOf(to),
    high: greatest - variant.baseOf(to),
    inputScale: floatBits(from.scale),
    outputScale: floatBits(to.scale),
    inputZero: storedZero(input, variant),
    outputZero: storedZero(output, variant),
  };
}

/** Positions and weights come from the reference's own function. */
export function encodeResize(
  node: ResizeBilinearNode,
  { inputs, output }: Step,
  context: Int8EncodeContext,
): Records["Resize"] {
  const [input] = inputs;
  const [images, rows, columns, channels] = input.shape;
  const [, outputRows, outputColumns] = output.shape;
  const [from, to] = [quantizationOf(input), quantizationOf(output)];
  const table = placeTable(from, to, requantizeTable(from, to), context);
  const { variant } = context;
  const place = (size: number, outputs: number): number =>
    context.memory.place(
      Int32Array.from(
        interpolation(node, size, outputs).flatMap(({ before, after, weight }) => {
          const neighbours: Records["Neighbours"] = { before, after, weight };
          return recordWords(variant.records, "Neighbours", neighbours);
        }),
      ),
    );
  return {
    op: int8Operation.resize,
    input: context.addressOf(input),
    output: context.addressOf(output),
    images,
    rows,
    columns,
    outputRows,
    outputColumns,
    channels,
    inputPixel: pixelBytes(input, variant),
    outputPixel: pixelBytes(output, variant),
    vertical: place(rows, outputRows),
    horizontal: place(columns, outputColumns),
    table: table?.other ?? 0,
    zero: table?.zero ?? 0,
  };
}
