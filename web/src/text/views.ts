/** Words of the views that look at a picture. */
import type { Verb } from "../engine/engine-api.ts";
import type { Texts } from "./language.ts";

interface ViewsText {
  readonly names: Readonly<Record<Verb, string>>;
  readonly purposes: Readonly<Record<Verb, string>>;
  readonly threshold: string;
  readonly opacity: string;
  readonly nothing: string;
  readonly object: string;
  readonly score: string;
  readonly share: string;
  readonly similarity: (cosine: string) => string;
  readonly copy: string;
  readonly unreadable: (name: string) => string;
  readonly addPictures: string;
  readonly clear: string;
  readonly compared: string;
}

export const viewsText: Texts<ViewsText> = {
  en: {
    names: { classify: "Classify", detect: "Detect", segment: "Segment", embed: "Compare" },
    purposes: {
      classify: "What is in the picture, as one of the classes that the model knows.",
      detect: "Which objects are in the picture, and where.",
      segment: "Which pixels belong to what.",
      embed: "How alike pictures are, by what the network sees in them.",
    },
    threshold: "Least score",
    opacity: "Strength of colour",
    nothing: "Nothing was found. A lower score shows what the model is less sure of.",
    object: "Object",
    score: "Score",
    share: "Share of the picture",
    similarity: (cosine) => `similarity ${cosine}`,
    copy: "probably the same picture",
    unreadable: (name) => `${name} cannot be read.`,
    addPictures: "Add pictures",
    clear: "Clear",
    compared: "Others, the most alike first",
  },
  zh: {
    names: { classify: "分类", detect: "检测", segment: "分割", embed: "比较" },
    purposes: {
      classify: "判断图片属于模型认识的哪个类别。",
      detect: "找出图片中的物体及其位置。",
      segment: "标出每个像素属于什么。",
      embed: "用网络提取的特征比较图片的相似程度。",
    },
    threshold: "最低得分",
    opacity: "着色强度",
    nothing: "没有找到。降低得分阈值可以看到模型不太确定的结果。",
    object: "物体",
    score: "得分",
    share: "占图片比例",
    similarity: (cosine) => `相似度 ${cosine}`,
    copy: "很可能是同一张图片",
    unreadable: (name) => `无法读取 ${name}。`,
    addPictures: "添加图片",
    clear: "清空",
    compared: "其他图片（最相似的在前）",
  },
};
