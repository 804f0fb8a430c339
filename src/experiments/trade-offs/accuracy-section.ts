/** What the report says of accuracies that were measured here, on the pictures that are at hand. */
import { partValue } from "../experiment.ts";
import { partOfKind } from "../kept-values.ts";
import { percentText } from "../markdown.ts";
import { shareInterval } from "../statistics.ts";
import type { Classified, Detected, TradeOffResult } from "./values.ts";

/** What `--data` should hold. */
const folders =
  "`--data DIR` names a folder with `imagenet-compatible-500` (`dev_dataset.csv` and `images` of the NIPS 2017 competition on adversarial examples, all or some of them) and `coco-val128` (`images` of COCO's validation set and their annotations in COCO's JSON), or one of both; a run that names it does what others left out.";

/** What was measured, and what was not and why. */
export function accuracySection(result: TradeOffResult): string {
  const [classified, detected] = [partOfKind(result, "classified"), partOfKind(result, "detected")];
  const parts = ["classified", "detected"] as const;
  // A part that has run and found no pictures says that they are absent.
  const absent = parts.filter((part) => partValue(result, part)?.kind === "absent");
  const waiting = parts.filter((part) => partValue(result, part) === undefined);
  const names = { classified: "of the classifier", detected: "of the detector" } as const;
  const list = (all: readonly (keyof typeof names)[]): string =>
    all.map((part) => names[part]).join(" and ");
  const heading = "**Accuracy measured here**, with pictures that are at hand.";
  const states = [
    absent.length === 0
      ? ""
      : `That ${list(absent)} is left out, because no labelled pictures were there.`,
    waiting.length === 0 ? "" : `That ${list(waiting)} has not been measured yet.`,
  ].filter((text) => text !== "");
  return [
    [heading, ...states, folders].join(" "),
    classified === undefined ? "" : classify(classified),
    detected === undefined ? "" : detect(detected),
  ]
    .filter((paragraph) => paragraph !== "")
    .join("\n\n");
}

/** As published for the model `imagenet`, on ImageNet's validation pictures, and for the detector. */
const published = { top1: 0.718, ap: 0.221 } as const;

/**
 * How many pictures two networks must both be judged on so that a difference of their shares is seen: by
 * McNemar's test at 95 %, with a chance of 80 % (Connor, 1987).
 *
 * @param difference - Of the shares, from 0 to 1.
 * @param divided - The share of pictures that one of the two names rightly and the other does not; at
 *   least the difference.
 *
 * @example
 * ```ts
 * pairedPictures(0.01, 0.1); // 7847
 * ```
 */
export function pairedPictures(difference: number, divided: number): number {
  const [level, power] = [1.959964, 0.841621];
  const root =
    level * Math.sqrt(divided) + power * Math.sqrt(Math.max(0, divided - difference ** 2));
  return Math.ceil((root / difference) ** 2);
}

/** To two digits: 7800. */
function about(count: number): string {
  return `${Number(count.toPrecision(2))}`;
}

function classify({ pictures, top1, top5 }: Classified): string {
  const [low, high] = shareInterval(top1, pictures);
  const share = top1 / pictures;
  const level =
    low > published.top1
      ? "That is more than the 71.8 % published for ImageNet's validation pictures, so that these, cut so that they show the thing whole, are easier, and the level says nothing."
      : high < published.top1
        ? "**That is less than the 71.8 % published** for ImageNet's validation pictures, though these are cut so that they show the thing whole: something is wrong with the model, its preprocessing or the pictures."
        : "The 71.8 % published for ImageNet's validation pictures lie within the interval; as these are others, cut so that they show the thing whole, that is no more than no contradiction.";
  const [tenth, apart] = [0.1, Math.max(0.03, 2 * share * (1 - share))];
  const one = pairedPictures(0.01, tenth);
  const three = pairedPictures(0.03, tenth);
  const tells = (count: number): string =>
    pictures < count ? "more than there are" : "no more than there are";
  return `The model \`imagenet\` (8 bits, 1.0 at 224²) names the right class of ${top1} of ${pictures} pictures, ${percentText(share)} (${percentText(low)} to ${percentText(high)}, Wilson's interval at 95 %), and has it among five for ${percentText(top5 / pictures)}. They are of the development set of the NIPS 2017 competition on adversarial examples, photographs with ImageNet's classes. ${level} Whether the published variants, which lie one to four points apart, come apart on such a set depends on how often one of two is right where the other is not, since both would be judged on the same pictures. Where a tenth of the pictures divide them, one point takes ${about(one)} pictures (${tells(one)}) and three take ${about(three)} (${tells(three)}); where they err independently, which would divide ${percentText(apart, 0)}, ${about(pairedPictures(0.01, apart))} and ${about(pairedPictures(0.03, apart))} (McNemar's test at 95 %, seen four times in five).`;
}

function detect(found: Detected): string {
  const { pictures, objects, ap, low, high, ap50 } = found;
  return `The model \`ssdlite-coco\` (300²) reaches an average precision of ${percentText(ap)} (${percentText(low)} to ${percentText(high)}, 95 % of resampled sets of pictures) and ${percentText(ap50)} at an overlap of one half, on ${pictures} pictures of COCO's validation set with ${objects} objects; table 6 has 22.1 % for test-dev at 320². Resampling keeps the pictures that are there: classes with one or two objects weigh as much as people do, so that a figure over few pictures is biased, mostly upwards, and the interval does not know that. ${
    low <= published.ap && high >= published.ap
      ? "The published figure lies within the interval."
      : "The published figure lies outside the interval, which for such a set is no contradiction to it."
  }`;
}
