/** `mobilenetv2 convert`: a model in the format of another runtime or library. */
import type { ConvertProgress, FileOptions } from "../../convert/conversion.ts";
import { detectorBoxes } from "../../convert/detector-boxes.ts";
import { filePrecisions, targetNames, targets } from "../../convert/targets.ts";
import { loadH5wasm } from "../../disk/packages-node.ts";
import { onnxLayouts, onnxOpsets } from "../../formats/onnx/write-settings.ts";
import { writtenSchemes } from "../../formats/weight-names.ts";
import { assumed } from "../../json/items.ts";
import type { ConvertOutput } from "../../json/work.ts";
import { fileEnds } from "../../quantize/file-ends.ts";
import {
  type Command,
  type Context,
  defineCommand,
  type ExitCode,
  outputOptions,
} from "../command.ts";
import { describeConversion } from "../convert-report.ts";
import { type ConversionPlace, conversionPlace, writeConverted } from "../converted-files.ts";
import { formatCount } from "../format.ts";
import { findImages, folderNotes, type ImageSource, refuseStdin } from "../images.ts";
import { writeJson } from "../json.ts";
import { readModel, readToRun } from "../load-model.ts";
import { checkMadeFile, missingOption, pictureReaders } from "../made-file.ts";
import { modelSources, runOptions } from "../model-options.ts";
import { choice, flag, limitOptions, limitsOf, list, number, text } from "../options.ts";
import { createProgress, silentProgress } from "../progress.ts";
import { noteSkipped } from "../report.ts";
import { saidOptions } from "../said-options.ts";
import { keepRun } from "../train/keep-run.ts";
import { readRunOf } from "../train/run-file.ts";
import { UsageError } from "../usage-error.ts";

const { backend, threads } = runOptions;

const options = {
  model: text({
    placeholder: "NAME|PATH|URL",
    short: "m",
    description: `The model: ${modelSources}`,
  }),
  to: choice(targetNames, {
    description: "The format",
    shownDefault: "by the ending of --out",
  }),
  out: text({
    placeholder: "FILE|DIR",
    short: "o",
    description: "The file to write, for tfjs its folder; missing folders are created",
  }),
  precision: choice(filePrecisions, {
    description:
      "How weights are stored; a float model becomes int8 by --images; uint8, of tfjs, computes with floats",
    shownDefault: "the model's own, f32 or int8",
  }),
  opset: number({
    placeholder: "N",
    from: onnxOpsets.least,
    to: onnxOpsets.greatest,
    whole: true,
    description: "ONNX: the version of its operators",
    shownDefault: `${onnxOpsets.usual}`,
  }),
  layout: choice(onnxLayouts, {
    description: "ONNX: channels first or last, of what goes in and comes out",
    shownDefault: onnxLayouts[0],
  }),
  "dynamic-batch": flag({ description: "ONNX: any number of images may go in at once" }),
  boxes: choice(detectorBoxes, {
    description: "Of a detector: encodings, decoded boxes (ONNX), or objects that are left",
    shownDefault: "raw",
  }),
  io: choice(fileEnds, {
    description: "8 bits: what the file takes and gives",
    shownDefault: "what the network has; int8 of a float model, uint8 in ONNX",
  }),
  names: choice(writtenSchemes, {
    description: "Safetensors: whose names and order the weights get",
    shownDefault: "canonical, this library's own",
  }),
  images: list({
    placeholder: "PATH,…",
    description:
      "Image files or folders: the outputs of model and file are compared on them, and int8 calibrated",
  }),
  ...limitOptions,
  backend,
  threads,
  ...saidOptions,
  ...outputOptions,
};

export const convertCommand: Command = defineCommand({
  positionals: [],
  options,
  examples: [
    {
      call: "convert --model imagenet --out imagenet.onnx --opset 17",
      effect: "A file for ONNX Runtime, with labels and preprocessing in its metadata.",
    },
    {
      call: "convert -m flowers-model -o flowers.tflite --precision f16",
      effect: "A file for LiteRT and MediaPipe of half the size.",
    },
    {
      call: "convert -m ssdlite-coco -o coco.tflite --boxes suppressed",
      effect: "A detector for MediaPipe, ML Kit and LiteRT, which gives objects.",
    },
    {
      call: "convert -m torchvision/mobilenet_v2 -o m.safetensors --names timm",
      effect: "Weights that timm loads.",
    },
    {
      call: "convert -m flowers-model --to tfjs -o web --precision uint8",
      effect: "A folder for TensorFlow.js, with the labels for Teachable Machine's code.",
    },
  ],
  async run(context): Promise<ExitCode> {
    const { values, terminal, signal } = context;
    const { source, place } = await plan(context);
    const { decode } = await import("../../tasks/decode-node.ts");
    const { convertModel } = await import("../../convert/convert-model.ts");
    const { resolveModel } = await import("../../hub/source-node.ts");
    const limits = limitsOf(values);
    const notes = folderNotes(context);
    const images =
      values.images && (await findImages(refuseStdin(values.images), { onWarning: notes.keep }));
    notes.tell();
    const model = await (images ? readToRun : readModel)(context, source);
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
      const { files, report } = await convertModel(
        model,
        {
          ...{ to: place.to, precision: values.precision, ...fileOptions(values) },
          images: images && readers(images),
          ...limits,
          ...{ backend: values.backend, threads: values.threads, signal },
          onProgress: ({ phase, done, total }) => progress.update(done, total, phases[phase]),
        },
        {
          decode,
          open: (made, stop) => resolveModel(made, stop ? { signal: stop } : {}),
          loadHdf5: loadH5wasm,
        },
      );
      progress.clear();
      if (!values.quiet) noteSkipped(terminal, report.skipped, images?.length ?? 0);
      const paths = await writeConverted(place, files, { source, signal });
      await keepRun(await readRunOf(source), place.run, values.quiet ? undefined : terminal);
      const whole: ConvertOutput = {
        ...{ schemaVersion: 1, files: [...paths], ...report },
        ...assumed(model.assumptions),
      };
      if (values.json) writeJson(terminal.out, whole);
      else terminal.out.write(describeConversion(whole));
      return 0;
    } finally {
      progress.clear();
    }
  },
});

const phases: Readonly<Record<ConvertProgress["phase"], string>> = {
  calibrate: "calibrating, images",
  evaluate: "comparing with float, images",
  compare: "comparing with the file, images",
};

type Values = Context<typeof options>["values"];

/** What the file is told; what was not said is left out. */
function fileOptions(values: Values): FileOptions {
  const { opset, layout, boxes, io, names } = values;
  return { opset, layout, boxes, io, names, dynamicBatch: values["dynamic-batch"] || undefined };
}

/** The options of files by their names here. */
const flags: Readonly<Record<keyof FileOptions, string>> = {
  ...{ opset: "--opset", layout: "--layout", boxes: "--boxes", io: "--io", names: "--names" },
  dynamicBatch: "--dynamic-batch",
};

/** Everything that can be wrong with the call, before any work. */
async function plan({
  values,
  positionals,
}: Pick<Context<typeof options>, "values" | "positionals">): Promise<{
  readonly source: string;
  readonly place: ConversionPlace;
}> {
  if (positionals.length > 0) {
    throw new UsageError(`convert takes no argument, but got ${positionals[0]}`, {
      remedy: `Name the model with --model ${positionals[0]}.`,
    });
  }
  const { model: source, out } = values;
  if (source === undefined) throw missingOption("model", "imagenet");
  if (out === undefined) throw missingOption("out", "model.onnx");
  const place = await conversionPlace(values.to, out);
  const { title, options: taken } = targets[place.to];
  const given = Object.entries(fileOptions(values)) as [keyof FileOptions, unknown][];
  const foreign = given.find(([name, value]) => value !== undefined && !taken.includes(name));
  if (foreign !== undefined) {
    const [name] = foreign;
    const takers = targetNames.filter((other) => targets[other].options.includes(name));
    throw new UsageError(`${title} takes no ${flags[name]}`, {
      remedy: `Leave it out, or convert --to ${takers.join(" or ")}.`,
    });
  }
  const { main, folder } = place;
  await checkMadeFile(source, folder === undefined ? [main] : [main, folder], place.run);
  return { source, place };
}
