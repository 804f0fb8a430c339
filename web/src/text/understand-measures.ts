/** Words for what is measured and looked at: layers, features, and the trade-off. */
import type { Texts } from "./language.ts";

interface MeasureText {
  readonly width: string;
  readonly resolution: string;
  readonly parameters: string;
  readonly multiplyAdds: string;
  readonly measure: string;
  readonly stop: string;
  readonly stopped: string;
  readonly measuring: string;
  readonly random: string;
}

export const measureText: Texts<MeasureText> = {
  en: {
    width: "Width multiplier",
    resolution: "Resolution",
    parameters: "Parameters",
    multiplyAdds: "Multiply-adds",
    measure: "Measure",
    stop: "Stop",
    stopped: "Stopped.",
    measuring: "Measuring",
    random:
      "In float32 on one thread; weights are random, which takes the same time. What else runs on this device disturbs it.",
  },
  zh: {
    width: "宽度系数",
    resolution: "分辨率",
    parameters: "参数量",
    multiplyAdds: "乘加次数",
    measure: "开始测量",
    stop: "停止",
    stopped: "已停止。",
    measuring: "正在测量",
    random: "float32，单线程；权重为随机值，不影响耗时。本机的其他任务会干扰结果。",
  },
};

interface LayersText {
  readonly about: string;
  readonly part: string;
  readonly input: string;
  readonly operator: string;
  readonly share: string;
  readonly fused: string;
  readonly unfused: string;
  readonly timeShare: string;
  readonly sum: string;
  readonly whole: string;
  readonly memory: string;
  readonly table: string;
  readonly within: string;
  readonly explained: string;
  readonly said: (fused: string, unfused: string) => string;
}

export const layersText: Texts<LayersText> = {
  en: {
    about:
      "Table 2 row by row: what each costs, and how long it takes in this browser, with blocks fused (section 5.1) and layer by layer.",
    part: "Row",
    input: "Input",
    operator: "Operator (t, c, n, s)",
    share: "Share",
    fused: "ms, fused",
    unfused: "ms, by layers",
    timeShare: "Share of the time",
    sum: "Sum of the rows",
    whole: "The network at once",
    memory: "Memory of feature maps",
    table: "Costs and times of the rows",
    within: "below",
    explained:
      "Every step is timed by itself, as the median of repeated runs; fused, the stem is part of the first block (“below”). The sum of the rows is not the time of the network at once: alone, a step meets other caches.",
    said: (fused, unfused) => `A run takes ${fused} ms fused and ${unfused} ms layer by layer.`,
  },
  zh: {
    about:
      "表 2 的每一行：开销是多少，在本浏览器中耗时多久；分别按模块融合（论文 5.1 节）和逐层计算。",
    part: "行",
    input: "输入",
    operator: "算子（t、c、n、s）",
    share: "占比",
    fused: "毫秒（融合）",
    unfused: "毫秒（逐层）",
    timeShare: "耗时占比",
    sum: "各行合计",
    whole: "整个网络",
    memory: "特征图内存",
    table: "各行的开销与耗时",
    within: "见下行",
    explained:
      "每一步单独计时，取多次运行的中位数；融合时首层卷积并入第一个模块（“见下行”）。各行合计与整个网络的耗时并不相等：单独运行时，缓存状态不同。",
    said: (fused, unfused) => `一次运行：融合 ${fused} 毫秒，逐层 ${unfused} 毫秒。`,
  },
};

interface FeaturesText {
  readonly about: string;
  readonly map: string;
  readonly shape: (rows: number, columns: number, channels: number) => string;
  readonly eightBits: string;
  readonly shown: (count: number, channels: number) => string;
  readonly constant: (count: number) => string;
  readonly drawn: (map: string, shape: string) => string;
  readonly channels: string;
  readonly channel: string;
  readonly least: string;
  readonly most: string;
  readonly deviation: string;
  readonly save: string;
  readonly spoke: string;
  readonly class: string;
  readonly spokeFor: (label: string) => string;
  readonly spokeExplained: string;
  readonly noActivation: string;
}

export const featuresText: Texts<FeaturesText> = {
  en: {
    about:
      "What the network makes of your picture, block by block: the channels that vary most over it, each from black (its least value) to white (its largest).",
    map: "Feature map",
    shape: (rows, columns, channels) => `${rows} × ${columns} × ${channels}`,
    eightBits: "8 bits",
    shown: (count, channels) =>
      count === channels ? `All ${channels} channels` : `${count} of ${channels} channels`,
    constant: (count) => `${count} have the same value everywhere.`,
    drawn: (map, shape) => `The channels of ${map}, ${shape}, that vary most, in grey`,
    channels: "The channels in numbers",
    channel: "Channel",
    least: "Least",
    most: "Largest",
    deviation: "Standard deviation",
    save: "Save the values (.npy)",
    spoke: "What spoke for a class",
    class: "Class",
    spokeFor: (label) => `The picture in grey; what spoke for ${label} is yellow`,
    spokeExplained:
      "A class activation map: what each part adds to the class's score, less what it adds to all classes alike.",
    noActivation:
      "This model's head is not a mean and one layer, so that no map says exactly what spoke for a class.",
  },
  zh: {
    about:
      "逐模块查看网络如何处理图片：显示在图中变化最大的通道，每个通道从黑（最小值）到白（最大值）。",
    map: "特征图",
    shape: (rows, columns, channels) => `${rows} × ${columns} × ${channels}`,
    eightBits: "8 位",
    shown: (count, channels) =>
      count === channels ? `全部 ${channels} 个通道` : `${channels} 个通道中的 ${count} 个`,
    constant: (count) => `其中 ${count} 个通道处处相同。`,
    drawn: (map, shape) => `${map}（${shape}）中变化最大的通道，灰度显示`,
    channels: "各通道数值",
    channel: "通道",
    least: "最小值",
    most: "最大值",
    deviation: "标准差",
    save: "保存数值（.npy）",
    spoke: "类别的依据",
    class: "类别",
    spokeFor: (label) => `灰度图片；支持“${label}”的区域为黄色`,
    spokeExplained: "类激活图：每个区域对该类别得分的贡献，减去对所有类别相同的部分。",
    noActivation: "该模型的分类头不是“平均池化加一层”，无法给出精确的类激活图。",
  },
};

interface TradeOffText {
  readonly about: string;
  readonly which: string;
  readonly all: string;
  readonly few: string;
  readonly none: string;
  readonly nothing: string;
  readonly timeByWork: string;
  readonly accuracyByTime: string;
  readonly milliseconds: string;
  readonly top1: string;
  readonly published: string;
  readonly table: string;
  readonly spread: string;
  readonly drawn: (count: number) => string;
  readonly said: (name: string, milliseconds: string, count: number) => string;
}

export const tradeOffText: Texts<TradeOffText> = {
  en: {
    about:
      "Width × resolution: how long the 22 published networks take on this device, and how accurate they were published to be.",
    which: "Networks: width by resolution",
    all: "All 22",
    few: "A few",
    none: "None",
    nothing: "Choose one network at least.",
    timeByWork: "Time by multiply-adds",
    accuracyByTime: "Accuracy by time",
    milliseconds: "Milliseconds",
    top1: "Top-1, published (%)",
    published:
      "Accuracies are those published with the paper's checkpoints, on ImageNet; nothing is classified here. Times are medians of repeated runs.",
    table: "The networks measured",
    spread: "Half of the runs",
    drawn: (count) => `${count} networks; the table below has their numbers.`,
    said: (name, milliseconds, count) => `${name}: ${milliseconds} ms. Measured: ${count}.`,
  },
  zh: {
    about: "宽度 × 分辨率：22 个已发布的网络在本机上耗时多久，以及它们公布的准确率。",
    which: "选择网络：宽度 × 分辨率",
    all: "全部 22 个",
    few: "选几个",
    none: "清除",
    nothing: "请至少选择一个网络。",
    timeByWork: "耗时与乘加次数",
    accuracyByTime: "准确率与耗时",
    milliseconds: "毫秒",
    top1: "公布的 top-1（%）",
    published:
      "准确率为随论文检查点公布的 ImageNet 结果，本页不做分类评测。耗时为多次运行的中位数。",
    table: "已测量的网络",
    spread: "半数运行的区间",
    drawn: (count) => `${count} 个网络，数值见下表。`,
    said: (name, milliseconds, count) => `${name}：${milliseconds} 毫秒。已测量 ${count} 个。`,
  },
};
