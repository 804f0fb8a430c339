/** Words of the view that looks into the paper, and what its parts have in common. */
import type { Texts } from "./language.ts";

/** Its parts, by their names in the address. */
export const partIds = ["manifold", "block", "layers", "features", "trade-off"] as const;
export type PartId = (typeof partIds)[number];

interface UnderstandText {
  readonly name: string;
  readonly purpose: string;
  readonly notLoaded: string;
  readonly loading: string;
  readonly parts: string;
  readonly names: Readonly<Record<PartId, string>>;
}

export const understandText: Texts<UnderstandText> = {
  en: {
    name: "Understand",
    purpose: "The paper as something to touch: its figures and tables, computed on this device.",
    notLoaded: "This part of the page could not be loaded. Check the connection and load it again.",
    loading: "Loading",
    parts: "Parts of the paper",
    names: {
      manifold: "Manifold",
      block: "Block",
      layers: "Layers",
      features: "Features",
      "trade-off": "Trade-off",
    },
  },
  zh: {
    name: "原理",
    purpose: "可以动手操作的论文：图表全部在本机实时计算。",
    notLoaded: "页面的这一部分加载失败。请检查网络后刷新。",
    loading: "正在加载",
    parts: "论文内容",
    names: {
      manifold: "流形",
      block: "模块",
      layers: "各层开销",
      features: "特征图",
      "trade-off": "准确率与速度",
    },
  },
};
