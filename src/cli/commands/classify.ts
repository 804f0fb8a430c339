/** `mobilenetv2 classify`: the most likely classes of each image. */
import { printable } from "../../untrusted.ts";
import type { Command } from "../command.ts";
import { formatPercent } from "../format.ts";
import { imageCommand } from "../image-command.ts";
import { pictureReading } from "../model-options.ts";
import { number } from "../options.ts";

const options = {
  "top-k": number({
    placeholder: "N",
    short: "k",
    from: 1,
    to: 100_000,
    whole: true,
    description: "How many classes to show",
    shownDefault: "5; of several pictures the best, a line for each",
  }),
};

export const classifyCommand: Command = imageCommand("classify", {
  options,
  examples: [
    { call: "classify photo.jpg", effect: "The five most likely classes." },
    { call: "classify photos/", effect: "A line for every image in a folder: its best class." },
    { call: "classify - --json < photo.jpg", effect: "From standard input, for a program." },
  ],
  async begin(images, context) {
    const wanted = { topK: context.values["top-k"] ?? 5, ...pictureReading(context) };
    return ({ classify, multiLabel }) => {
      const remark = multiLabel ? "each class by itself: scores do not sum to 100 %" : undefined;
      return async (bytes, index) => {
        const result = await classify(bytes, wanted);
        // Of many pictures the best class of each, unless more are asked for.
        const [best] = result;
        const isLine = best !== undefined && (context.values["top-k"] ?? 1) === 1;
        return {
          ...{ result, remark },
          // A line has no place for it.
          hint: isLine && images.length > 1 && index === 0 ? remark : undefined,
          line: isLine
            ? { figure: formatPercent(best.score).padStart(7), words: printable(best.label) }
            : undefined,
        };
      };
    };
  },
});
