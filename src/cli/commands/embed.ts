/** `mobilenetv2 embed`: a vector for each image; likeness of images is the angle between them. */
import { type Command, defineCommand, outputOptions } from "../command.ts";
import { eachImage } from "../each-image.ts";
import { formatCount } from "../format.ts";
import { findImages } from "../images.ts";
import { shortFloat } from "../json.ts";
import { chooseModel, imagesArgument, modelOptions, withModel } from "../model-options.ts";
import { flag } from "../options.ts";

const shownNumbers = 8;

const options = {
  normalize: flag({ description: "Scale each vector to length 1", short: "n" }),
  ...modelOptions("embed"),
  ...outputOptions,
};

export const embed: Command = defineCommand({
  positionals: [imagesArgument],
  options,
  examples: [
    { call: "embed photo.jpg --json", effect: "The whole vector, for a program." },
    {
      call: "embed photos/ --normalize --json > vectors.json",
      effect: "A folder, to be compared.",
    },
    { call: "embed photo.jpg --model ssdlite-coco", effect: "With another model's backbone." },
  ],
  async run(context) {
    const { values, positionals, signal } = context;
    const images = await findImages(positionals);
    const source = await chooseModel("embed", values.model);
    const { loadEmbedder } = await import("../../tasks/node.ts");
    return await withModel(context, {
      source,
      load: (settings) => loadEmbedder(source, settings),
      use: async (embedder) => {
        return await eachImage(images, context, async (bytes, index) => {
          const vector = await embedder.embed(bytes, { normalize: values.normalize, signal });
          const embedding = Array.from(vector, shortFloat);
          const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
          const start = embedding.slice(0, shownNumbers).map((value) => value.toFixed(4));
          const more = embedding.length > shownNumbers ? " …" : "";
          return {
            fields: { embedding },
            remark: `${formatCount(embedding.length)} numbers, length ${length.toFixed(3)}`,
            hint: index === 0 && more !== "" ? "--json prints the whole vector" : undefined,
            body: `  ${start.join(" ")}${more}\n`,
          };
        });
      },
    });
  },
});
