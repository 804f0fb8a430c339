/**
 * What the commands of the verbs share: images are found, a model is chosen and loaded, and each
 * image's result goes out as fields or as text. A command adds its options and how it calls the model.
 */
import { resolve } from "node:path";
import type { ImageInput } from "../tasks/platform.ts";
import type { Verb } from "../tasks/task-names.ts";
import type { Loaded, VerbTypes } from "../tasks/tasks.ts";
import {
  type Command,
  type Context,
  defineCommand,
  type OutputOptions,
  outputOptions,
} from "./command.ts";
import { eachImage, type ImageLine, type ImageWork } from "./each-image.ts";
import { findImages, folderNotes, type ImageSource } from "./images.ts";
import { withModel } from "./load-model.ts";
import {
  chooseModel,
  imagesArgument,
  type ModelCommandOptions,
  modelOptions,
} from "./model-options.ts";
import type { Options, OptionValues } from "./options.ts";
import { checkSave } from "./outputs.ts";
import { checkFormat, createSink, type FormatOptions, formatOptions } from "./result-formats.ts";
import { summarize } from "./summaries.ts";

/** What a call of the model gave, and what was made of it. */
interface Outcome<V extends Verb> {
  readonly result: VerbTypes[V]["result"];
  /** Stands beside the picture's name, after what the result itself has to say there. */
  readonly remark?: string | undefined;
  /** The files that were written for the image. */
  readonly written?: readonly string[];
  /** What a person may want to do about the result. */
  readonly hint?: string | undefined;
  /** The result in a line, for many pictures. */
  readonly line?: ImageLine | undefined;
}

/** The work on one image. */
type Work<V extends Verb> = (bytes: Uint8Array, index: number) => Promise<Outcome<V>>;

/** A command's own part. */
interface VerbCommand<V extends Verb, O extends Options> {
  readonly options: O;
  readonly examples: Command["examples"];
  /** Settles all that can be wrong with a call before a model is loaded; then what is done with it. */
  begin(
    images: readonly ImageSource[],
    context: Context<O & ModelCommandOptions & OutputOptions>,
  ): Promise<(model: Loaded<V, ImageInput>) => Work<V>>;
}

/** The folders that options name, where these are not the pictures' own. */
function resultFolders(
  values: Readonly<Record<string, unknown>>,
  named: readonly string[],
): readonly string[] {
  const texts = Object.values(values).filter((value) => typeof value === "string");
  const own = new Set(named.map((path) => resolve(path)));
  return texts.filter((text) => text !== "" && !own.has(resolve(text)));
}

/** The command of a verb. */
export function imageCommand<V extends Verb, O extends Options>(
  verb: V,
  { options, examples, begin }: VerbCommand<V, O>,
): Command {
  return defineCommand({
    positionals: [imagesArgument],
    options: { ...options, ...formatOptions(verb), ...modelOptions(verb), ...outputOptions },
    examples,
    async run(given) {
      const { format, save } = given.values as OptionValues<FormatOptions>;
      // The form json is the flag.
      const json = (given.values as { json: boolean }).json || format === "json";
      const context = { ...given, values: { ...given.values, json } };
      const { values, positionals, terminal } = context;
      const notes = folderNotes(context);
      const fields: Readonly<Record<string, unknown>> = values;
      const results = resultFolders(values, positionals);
      const images = await findImages(positionals, { onWarning: notes.keep, results });
      const { "map-size": mapSize, region } = fields;
      // Boxes are in the picture's own pixels, whatever part of it was looked at.
      const parts = verb === "segment" ? { mapSize, region } : {};
      checkFormat({ format, save, json, ...parts }, images);
      await checkSave(images, { format, values: fields });
      const workWith = await begin(images, context);
      const { model: named } = values as OptionValues<ModelCommandOptions>;
      const source = await chooseModel(verb, named);
      notes.tell();
      const { startDecoder } = await import("../tasks/off-thread/decoder-node.ts");
      const decoder = startDecoder();
      const { load } = await import("../tasks/node.ts");
      try {
        return await withModel(context, {
          source,
          load: (settings) => load(verb, source, settings, decoder.decode),
          use: (model) => {
            const work = workWith(model);
            const request = { verb, format, save, images, labels: model.labels };
            const sink = createSink({ ...request, out: terminal.out });
            const each: ImageWork = async (bytes, index) => {
              const { result, remark: own = "", ...files } = await work(bytes, index);
              const picture = { image: images[index]!.name, model };
              const summary = summarize(verb, result, picture, terminal.out);
              const remark = [summary.remark ?? "", own].filter((text) => text !== "").join("; ");
              return { ...summary, remark, result, ...files };
            };
            return eachImage(images, context, { verb, work: each, sink });
          },
        });
      } finally {
        decoder[Symbol.dispose]();
      }
    },
  });
}
