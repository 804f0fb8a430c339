/** `mobilenetv2 classify`: the most likely classes of each image. */
import type { Command } from "../command.ts";
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
    shownDefault: "5",
  }),
};

export const classifyCommand: Command = imageCommand("classify", {
  options,
  examples: [
    { call: "classify photo.jpg", effect: "The five most likely classes." },
    { call: "classify photos/ --top-k 1", effect: "The best class of every image in a folder." },
    { call: "classify - --json < photo.jpg", effect: "From standard input, for a program." },
  ],
  async begin(_, context) {
    const wanted = { topK: context.values["top-k"] ?? 5, ...pictureReading(context) };
    return ({ classify, multiLabel }) => {
      const remark = multiLabel ? "each class by itself: scores do not sum to 100 %" : undefined;
      return async (bytes) => ({
        result: await classify(bytes, wanted),
        remark,
        facts: { multiLabel },
      });
    };
  },
});
