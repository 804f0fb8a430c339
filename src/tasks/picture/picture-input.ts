/**
 * A picture's bytes made the network's input by WebAssembly: what `preprocess` gives, bit for bit, and
 * for an 8-bit input the bytes that a run would round it to. The kernels have a small memory of their own
 * (strips.ts), so that an input on any backend takes what they make.
 */
import type { FeatureTensor, InputWriter } from "../../backends/backend.ts";
import { quantizeValues, typeRange } from "../../backends/reference/quantized-arithmetic.ts";
import { moduleCompiler } from "../../backends/wasm/module.ts";
import { OwnMemory } from "../../backends/wasm/own-memory.ts";
import { floatBits, writeFields } from "../../backends/wasm/record.ts";
import type { RgbImage } from "../../image/image.ts";
import {
  type InputPlan,
  type Placement,
  planInput,
  preprocess,
  repeatInto,
  writeLuma,
} from "../../image/preprocess.ts";
import type { Preprocess } from "../../image/presets.ts";
import { pictureWeights } from "../../image/resize.ts";
import { arrayOf } from "../../tensor.ts";
import { kernels, memoryFlagAt } from "./kernels.generated.ts";
import { records } from "./records.generated.ts";
import {
  placeStrips,
  StagedRows,
  type StripPlaces,
  type StripPlan,
  writeStrips,
} from "./strips.ts";

const compileKernels = /* @__PURE__ */ moduleCompiler(kernels, memoryFlagAt);

/** More than this, as for a picture a million pixels wide, is not worth it. */
const mostBytes = 2 ** 22;

/** A picture, how it becomes an input, and the input. */
interface Work {
  readonly image: RgbImage;
  readonly plan: InputPlan;
  readonly strips: StripPlan;
  readonly places: StripPlaces;
  readonly input: FeatureTensor;
  readonly inputColumns: number;
}

/** Writes pictures into networks' inputs. */
export class PictureWriter {
  readonly #memory = new OwnMemory();
  readonly #run: (strip: number) => void;

  /** @throws MobileNetError `unsupported` where the host has no WebAssembly, or not with SIMD. */
  static async load(): Promise<PictureWriter> {
    return new PictureWriter(await compileKernels(false));
  }

  private constructor(module: WebAssembly.Module) {
    const { exports } = new WebAssembly.Instance(module, { env: { memory: this.#memory.memory } });
    this.#run = (exports as { run: (strip: number) => void }).run;
  }

  /** Bytes of memory; as many as the widest picture so far has needed. */
  get bytes(): number {
    return this.#memory.bytes;
  }

  /**
   * Writes all of a run's input, as `preprocess` does.
   *
   * @throws MobileNetError as `preprocess` does.
   */
  write(image: RgbImage, preset: Preprocess, into: InputWriter): Placement {
    const input = into.inputTensor();
    const plan = planInput(image, preset, input.data.length);
    const { window, ...resize } = plan.placement.resize;
    const strips: StripPlan = {
      ...pictureWeights(image, { ...resize, window, centers: preset.centers }),
      ...plan.scales,
      pixelBytes: plan.channels * input.data.BYTES_PER_ELEMENT,
      values: { grey: preset.grey ?? 0, ...roundingOf(input) },
    };
    const places = placeStrips(strips);
    if (places.end > mostBytes) return preprocess(image, preset, into.input()).placement;
    if (plan.fill !== undefined) fillAround(plan, plan.fill, preset, input);
    this.#writeRows({ image, plan, strips, places, input, inputColumns: preset.width });
    return plan.placement;
  }

  #writeRows(work: Work): void {
    const { image, plan, strips, places, input, inputColumns } = work;
    const { window } = plan.placement.resize;
    const memory = this.#memory.reserve(places.end);
    writeStrips(memory, places, strips);
    const { firstByte, rowBytes, stripRows, strip, output, tables } = places;
    const source = new Uint8Array(memory);
    const copy = (row: number, address: number): void => {
      const start = row * image.width * 3 + firstByte;
      source.set(image.data.subarray(start, start + rowBytes), address);
    };
    const upperAt = new Int32Array(memory, places.upperAt, stripRows);
    const lowerAt = new Int32Array(memory, places.lowerAt, stripRows);
    const rowValues = window.width * plan.channels;
    const made = new arrayOf[input.dtype](memory, output, stripRows * rowValues);
    const inputRow = inputColumns * plan.channels;
    for (let y = 0; y < window.height; ) {
      const first = y;
      const staged = new StagedRows(places, copy);
      for (; y < window.height && y - first < stripRows && staged.hasRoom; y++) {
        upperAt[y - first] = staged.at(strips.rows.lower[y]!);
        lowerAt[y - first] = staged.at(strips.rows.upper[y]!);
      }
      writeFields(memory, records, "Strip", strip, {
        rows: y - first,
        upper: tables.upper + first * 4,
        lower: tables.lower + first * 4,
        down: tables.down + first * 4,
      });
      this.#run(strip);
      // Where the picture is as wide as the input, its rows touch there, too.
      const rows = rowValues === inputRow ? 1 : y - first;
      const values = ((y - first) / rows) * rowValues;
      for (let row = 0; row < rows; row++) {
        const from = row * rowValues;
        input.data.set(made.subarray(from, from + values), (first + row) * inputRow);
      }
    }
  }
}

/** How floats become an input's values. */
function roundingOf(
  input: FeatureTensor,
): Pick<StripPlan["values"], "bytes" | "inverse" | "zero" | "least" | "greatest"> {
  if (input.dtype === "float32") {
    const none = floatBits(0);
    return { bytes: 0, inverse: none, zero: none, least: none, greatest: none };
  }
  const { scale, zeroPoint, dtype } = input.quantization;
  const { least, greatest } = typeRange(dtype);
  return {
    bytes: 1,
    inverse: floatBits(1 / scale),
    zero: floatBits(zeroPoint),
    least: floatBits(least),
    greatest: floatBits(greatest),
  };
}

/** Fills what a picture at the input's corner does not cover: the ends of its rows, and those below. */
function fillAround(
  { placement, channels }: InputPlan,
  fill: Float32Array,
  preset: Preprocess,
  input: FeatureTensor,
): void {
  let pixel = fill;
  if (preset.grey !== undefined) {
    pixel = new Float32Array(channels);
    writeLuma(fill, pixel, channels);
  }
  let values: FeatureTensor["data"] = pixel;
  if (input.dtype !== "float32") {
    const bytes = new arrayOf[input.dtype](channels);
    quantizeValues(pixel, input.quantization, bytes);
    values = bytes;
  }
  const row = new arrayOf[input.dtype](preset.width * channels);
  repeatInto(row, values);
  const { target } = placement;
  for (let y = 0; y < preset.height; y++) {
    const covered = y < target.height ? target.width * channels : 0;
    input.data.set(row.subarray(covered), y * row.length + covered);
  }
}
