/** `mobilenetv2 classify`: the most likely classes of each image. */

import { printable } from "../../untrusted.ts";
import type { Command } from "../command.ts";
import { defineCommand, outputOptions } from "../command.ts";
import { eachImage } from "../each-image.ts";
import { formatPercent } from "../format.ts";
import { findImages } from "../images.ts";
import { shortFloat } from "../json.ts";
import { chooseModel, imagesArgument, modelOptions, withModel } from "../model-options.ts";
import { number } from "../options.ts";
import { formatTable } from "../table.ts";

const options = {
  "top-k": number({
    placeholder: "N",
    short: "k",
    from: 1,
    to: 100_000,
    whole: true,
    description: "How many classes to show",
    shownDefault: "5",
  }),
  ...modelOptions("classify"),
  ...outputOptions,
};

export const classify: Command = defineCommand({
  positionals: [imagesArgument],
  options,
  examples: [
    { call: "classify photo.jpg", effect: "The five most likely classes." },
    { call: "classify photos/ --top-k 1", effect: "The best class of every image in a folder." },
    { call: "classify - --json < photo.jpg", effect: "From standard input, for a program." },
  ],
  async run(context) {
    const { values, positionals, signal } = context;
    const images = await findImages(positionals);
    const source = await chooseModel("classify", values.model);
    const { loadClassifier } = await import("../../tasks/node.ts");
    return await withModel(context, {
      source,
      load: (settings) => loadClassifier(source, settings),
      use: async (classifier) => {
        return await eachImage(images, context, async (bytes) => {
          const found = await classifier.classify(bytes, { topK: values["top-k"] ?? 5, signal });
          const predictions = found.map(({ label, index, probability }) => ({
            label,
            index,
            probability: shortFloat(probability),
          }));
          const rows = predictions.map(({ label, probability }) => [
            printable(label),
            formatPercent(probability),
          ]);
          const columns = [
            { heading: "label" },
            { heading: "probability", align: "right" as const },
          ];
          const body = formatTable(columns, rows, {
            indent: "  ",
            heading: context.terminal.out.dim,
          });
          return { fields: { predictions }, body };
        });
      },
    });
  },
});
