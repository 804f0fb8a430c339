/** `mobilenetv2 convert`: a model in the format of another runtime or library. */
import { basename, dirname, join } from "node:path";
import type { ConversionTarget, ConvertProgress, FileOptions } from "../../convert/conversion.ts";
import { targetNames, targets } from "../../convert/targets.ts";
import { writeWhole } from "../../disk/write-node.ts";
import { onnxLayouts, onnxOpsets } from "../../formats/onnx/write-settings.ts";
import { writtenSchemes } from "../../formats/weight-names.ts";
import { assumed } from "../../json/items.ts";
import type { ConvertOutput } from "../../json/work.ts";
import {
  type Command,
  type Context,
  defineCommand,
  type ExitCode,
  outputOptions,
} from "../command.ts";
import { describeConversion } from "../convert-report.ts";
import { formatCount } from "../format.ts";
import { findImages, folderNotes, type ImageSource, refuseStdin } from "../images.ts";
import { writeJson } from "../json.ts";
import { readModel } from "../load-model.ts";
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
    placeholder: "FILE",
    short: "o",
    description: "The file to write; missing folders are created",
  }),
  precision: choice(["f32", "f16", "int8"], {
    description: "How weights are stored; a float model becomes int8 by --images",
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
      call: "convert -m torchvision/mobilenet_v2 -o m.safetensors --names timm",
      effect: "Weights that timm loads.",
    },
  ],
  async run(context): Promise<ExitCode> {
    const { values, terminal, signal } = context;
    const { source, out, to } = await plan(context);
    const { decode } = await import("../../tasks/decode-node.ts");
    const { convertModel } = await import("../../convert/convert-model.ts");
    const { resolveModel } = await import("../../hub/source-node.ts");
    const limits = limitsOf(values);
    const notes = folderNotes(context);
    const images =
      values.images && (await findImages(refuseStdin(values.images), { onWarning: notes.keep }));
    notes.tell();
    const model = await readModel(context, source);
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
          ...{ to, precision: values.precision, ...fileOptions(values) },
          images: images && readers(images),
          ...limits,
          ...{ backend: values.backend, threads: values.threads, signal },
          onProgress: ({ phase, done, total }) => progress.update(done, total, phases[phase]),
        },
        { decode, open: (made, stop) => resolveModel(made, stop ? { signal: stop } : {}) },
      );
      progress.clear();
      if (!values.quiet) noteSkipped(terminal, report.skipped, images?.length ?? 0);
      const written = [...files].map(([name, bytes], i) => ({
        path: i === 0 ? out : join(dirname(out), basename(name)),
        bytes,
      }));
      for (const { path, bytes } of written) await writeWhole(path, bytes, { signal });
      await keepRun(await readRunOf(source), out, values.quiet ? undefined : terminal);
      const whole: ConvertOutput = {
        ...{ schemaVersion: 1, files: written.map(({ path }) => path), ...report },
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
  const { opset, layout, names } = values;
  return { opset, layout, names, dynamicBatch: values["dynamic-batch"] || undefined };
}

/** The options of files by their names here. */
const flags: Readonly<Record<keyof FileOptions, string>> = {
  ...{ opset: "--opset", layout: "--layout", names: "--names" },
  dynamicBatch: "--dynamic-batch",
};

/** Everything that can be wrong with the call, before any work. */
async function plan({
  values,
  positionals,
}: Pick<Context<typeof options>, "values" | "positionals">): Promise<{
  readonly source: string;
  readonly out: string;
  readonly to: ConversionTarget;
}> {
  if (positionals.length > 0) {
    throw new UsageError(`convert takes no argument, but got ${positionals[0]}`, {
      remedy: `Name the model with --model ${positionals[0]}.`,
    });
  }
  const { model: source, out } = values;
  if (source === undefined) throw missingOption("model", "imagenet");
  if (out === undefined) throw missingOption("out", "model.onnx");
  const to = targetOf(values.to, out);
  const { title, ending, options: taken } = targets[to];
  if (!out.toLowerCase().endsWith(ending) || basename(out).length === ending.length) {
    throw new UsageError(`--out has to be ${title}`, {
      expected: `a file that ends in ${ending}`,
      received: out,
    });
  }
  const given = Object.entries(fileOptions(values)) as [keyof FileOptions, unknown][];
  const foreign = given.find(([name, value]) => value !== undefined && !taken.includes(name));
  if (foreign !== undefined) {
    const [name] = foreign;
    const takers = targetNames.filter((other) => targets[other].options.includes(name));
    throw new UsageError(`${title} takes no ${flags[name]}`, {
      remedy: `Leave it out, or convert --to ${takers.join(" or ")}.`,
    });
  }
  await checkMadeFile(source, out);
  return { source, out, to };
}

/** The format that was named, else the one whose files end so. */
function targetOf(named: ConversionTarget | undefined, out: string): ConversionTarget {
  const found =
    named ?? targetNames.find((name) => out.toLowerCase().endsWith(targets[name].ending));
  if (found !== undefined) return found;
  throw new UsageError("--to is missing, and no format's files end so", {
    expected: targetNames.map((name) => targets[name].ending).join(", "),
    received: out,
    remedy: `Give --to ${targetNames.join(", ")}.`,
  });
}
