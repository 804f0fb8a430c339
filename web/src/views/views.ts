/** The views of the page, a row each; the address names them. */
import type { ComponentType } from "preact";
import type { Texts } from "../text/language.ts";
import { teachText } from "../text/teach.ts";
import { understandText } from "../text/understand.ts";
import { viewsText } from "../text/views.ts";
import { Classify } from "./classify.tsx";
import { Compare } from "./compare.tsx";
import { Detect } from "./detect.tsx";
import { Segment } from "./segment.tsx";
import { Teach } from "./teach.tsx";
import { Understand } from "./understand.tsx";

interface View {
  readonly id: string;
  readonly name: Texts<string>;
  readonly purpose: Texts<string>;
  readonly content: ComponentType;
}

type Word = (words: (typeof viewsText)["en"]) => string;

const inBoth = (word: Word): Texts<string> => ({ en: word(viewsText.en), zh: word(viewsText.zh) });

export const views: readonly View[] = [
  {
    id: "classify",
    name: inBoth(({ names }) => names.classify),
    purpose: inBoth(({ purposes }) => purposes.classify),
    content: Classify,
  },
  {
    id: "detect",
    name: inBoth(({ names }) => names.detect),
    purpose: inBoth(({ purposes }) => purposes.detect),
    content: Detect,
  },
  {
    id: "segment",
    name: inBoth(({ names }) => names.segment),
    purpose: inBoth(({ purposes }) => purposes.segment),
    content: Segment,
  },
  {
    id: "compare",
    name: inBoth(({ names }) => names.embed),
    purpose: inBoth(({ purposes }) => purposes.embed),
    content: Compare,
  },
  {
    id: "teach",
    name: { en: teachText.en.name, zh: teachText.zh.name },
    purpose: { en: teachText.en.purpose, zh: teachText.zh.purpose },
    content: Teach,
  },
  {
    id: "understand",
    name: { en: understandText.en.name, zh: understandText.zh.name },
    purpose: { en: understandText.en.purpose, zh: understandText.zh.purpose },
    content: Understand,
  },
];
