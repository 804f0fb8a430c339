/** `mobilenetv2 embed`: a vector for each image; likeness of images is the angle between them. */
import type { Command } from "../command.ts";
import { imageCommand } from "../image-command.ts";
import { pictureReading } from "../model-options.ts";
import { flag } from "../options.ts";
import { shownNumbers } from "../summaries.ts";

const options = {
  normalize: flag({ description: "Scale each vector to length 1", short: "n" }),
};

export const embedCommand: Command = imageCommand("embed", {
  options,
  examples: [
    { call: "embed photo.jpg --json", effect: "The whole vector, for a program." },
    {
      call: "embed photos/ --normalize --json > vectors.json",
      effect: "A folder, to be compared.",
    },
    { call: "embed photo.jpg --model ssdlite-coco", effect: "With another model's backbone." },
  ],
  async begin(_, context) {
    const wanted = { normalize: context.values.normalize, ...pictureReading(context) };
    return (model) => async (bytes, index) => {
      const result = await model.embed(bytes, wanted);
      const isCut = index === 0 && result.length > shownNumbers;
      return { result, hint: isCut ? "--json prints the whole vector" : undefined };
    };
  },
});
