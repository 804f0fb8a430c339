/** `mobilenetv2 quantize`: a float model as an 8-bit file, and what that costs. */

import { extname } from "node:path";
import { writeWhole } from "../../disk/write-node.ts";
import { assumed } from "../../json/items.ts";
import type { QuantizeOutput } from "../../json/work.ts";
import { fileEnds } from "../../quantize/file-ends.ts";
import { calibrations } from "../../quantize/observe.ts";
import type { QuantizeProgress } from "../../quantize/quantize-model.ts";
import {
  type Command,
  type Context,
  defineCommand,
  type ExitCode,
  outputOptions,
} from "../command.ts";
import { formatCount } from "../format.ts";
import { findImages, folderNotes, type ImageSource, refuseStdin } from "../images.ts";
import { formatJson, writeJson } from "../json.ts";
import { readToRun } from "../load-model.ts";
import { checkMadeFile, missingOption, pictureReaders } from "../made-file.ts";
import { modelSources, runOptions } from "../model-options.ts";
import {
  choice,
  damagedOption,
  flag,
  limitOptions,
  limitsOf,
  list,
  number,
  text,
} from "../options.ts";
import { createProgress, silentProgress } from "../progress.ts";
import { describeQuantization } from "../quantize-report.ts";
import { noteSkipped } from "../report.ts";
import { saidOptions } from "../said-options.ts";
import { keepRun } from "../train/keep-run.ts";
import { readRunOf, runFileOf } from "../train/run-file.ts";
import { UsageError } from "../usage-error.ts";

const { backend, threads } = runOptions;

const options = {
  model: text({
    placeholder: "NAME|PATH|URL",
    short: "m",
    description: `The float model: ${modelSources}`,
  }),
  images: list({
    placeholder: "PATH,…",
    description:
      "Image files or folders to calibrate on, 100 images or more where accuracy matters",
  }),
  out: text({
    placeholder: "FILE",
    short: "o",
    description: "The .tflite file to write; missing folders are created",
  }),
  "held-out": list({
    placeholder: "PATH,…",
    description: "Image files or folders for the report alone",
    shownDefault: "those of --images",
  }),
  calibration: choice(calibrations, {
    description: "How the ranges of feature maps are chosen",
    shownDefault: "min-max",
  }),
  percentile: number({
    placeholder: "P",
    from: 50.001,
    to: 100,
    description: "Where --calibration percentile cuts values off, at both ends",
    shownDefault: "99.99",
  }),
  equalize: flag({ description: "Even out channels between neighbouring layers first" }),
  "no-bias-correction": flag({
    description: "Leave the mean error of rounded weights in the biases",
  }),
  "per-tensor": flag({
    description: "One scale for all weights of a layer, for runtimes that have no more",
  }),
  io: choice(fileEnds, {
    description: "What the file takes and gives",
    shownDefault: "int8",
  }),
  damaged: damagedOption,
  layers: flag({ description: "Print every layer, not only those with the most noise" }),
  report: flag({ description: "Write the report beside the file, as NAME.report.json" }),
  ...limitOptions,
  backend,
  threads,
  ...saidOptions,
  ...outputOptions,
};

export const quantizeCommand: Command = defineCommand({
  positionals: [],
  options,
  examples: [
    {
      call: "quantize --model nsfw --images photos/ --out nsfw.tflite",
      effect: "Under a third of the size; prints what that costs.",
    },
    {
      call: "quantize -m deeplabv3-voc --images photos/ -o v.tflite --equalize",
      effect: "Channels evened out before.",
    },
    {
      call: "quantize -m nsfw --images a/ --held-out b/ -o n.tflite --json",
      effect: "Measured on pictures that calibration has not seen, for a program.",
    },
  ],
  async run(context): Promise<ExitCode> {
    const { values, terminal, signal } = context;
    const { source, out, reportPath } = await plan(context);
    const { decode } = await import("../../tasks/decode-node.ts");
    const notes = folderNotes(context);
    const limits = limitsOf(values);
    const find = (names: readonly string[]) =>
      findImages(refuseStdin(names), { onWarning: notes.keep });
    const images = await find(values.images ?? []);
    const heldOut = values["held-out"] && (await find(values["held-out"]));
    notes.tell();
    const { quantizeModel } = await import("../../quantize/quantize-model.ts");
    const model = await readToRun(context, source);
    // Decoded here, so that errors name the file.
    const { preprocess } = model;
    const readers = (sources: readonly ImageSource[]) =>
      pictureReaders(sources, { stdin: context.stdin, signal }, (bytes) =>
        decode(bytes, { ...limits, signal, preprocess }),
      );
    const progress = values.quiet
      ? silentProgress
      : createProgress(terminal.err, { format: formatCount, patient: true });
    try {
      const { file, report } = await quantizeModel(
        model,
        {
          images: readers(images),
          heldOut: heldOut && readers(heldOut),
          calibration: values.calibration,
          percentile: values.percentile,
          equalize: values.equalize,
          weights: values["per-tensor"] ? "per-tensor" : "per-channel",
          biasCorrection: !values["no-bias-correction"],
          io: values.io,
          damaged: values.damaged,
          ...limits,
          backend: values.backend,
          threads: values.threads,
          signal,
          onProgress: ({ phase, done, total }) => progress.update(done, total, phases[phase]),
        },
        decode,
      );
      progress.clear();
      if (!values.quiet)
        noteSkipped(terminal, report.skipped, images.length + (heldOut?.length ?? 0));
      await writeWhole(out, file, { signal });
      await keepRun(await readRunOf(source), runFileOf(out), values.quiet ? undefined : terminal);
      const whole: QuantizeOutput = {
        ...{ schemaVersion: 1, file: out, ...report },
        ...assumed(model.assumptions),
      };
      if (reportPath !== undefined) {
        await writeWhole(reportPath, formatJson(whole), { signal });
      }
      if (values.json) writeJson(terminal.out, whole);
      else
        terminal.out.write(
          describeQuantization(report, out, terminal.out, { ...values, totals: values.quiet }),
        );
      return 0;
    } finally {
      progress.clear();
    }
  },
});

const phases: Readonly<Record<QuantizeProgress["phase"], string>> = {
  calibrate: "calibrating, images",
  evaluate: "comparing, images",
};

/** Everything that can be wrong with the call, before any work. */
async function plan({
  values,
  positionals,
}: Pick<Context<typeof options>, "values" | "positionals">): Promise<{
  readonly source: string;
  readonly out: string;
  readonly reportPath: string | undefined;
}> {
  if (positionals.length > 0) {
    throw new UsageError(`quantize takes no argument, but got ${positionals[0]}`, {
      remedy: `Name images with --images ${positionals[0]}.`,
    });
  }
  const { model: source, out } = values;
  if (source === undefined) throw missingOption("model", "nsfw");
  if (values.images === undefined) throw missingOption("images", "photos/");
  if (out === undefined) throw missingOption("out", "model.tflite");
  if (extname(out).toLowerCase() !== ".tflite") {
    throw new UsageError("--out writes TensorFlow Lite files only", {
      expected: "a file that ends in .tflite",
      received: out,
    });
  }
  if (values.percentile !== undefined && values.calibration !== "percentile") {
    throw new UsageError("--percentile needs --calibration percentile");
  }
  await checkMadeFile(source, [out], runFileOf(out));
  const reportPath = values.report ? out.replace(/\.tflite$/i, ".report.json") : undefined;
  return { source, out, reportPath };
}
