/** Words for the paper's figures 1 and 3: the manifold and the block. */
import type { BlockForm } from "../../../src/experiments/blocks/build-block.ts";
import type { BlockStep } from "../../../src/experiments/blocks/steps.ts";
import type { ActivationName } from "../../../src/experiments/manifold/activations.ts";
import type { Texts } from "./language.ts";

interface ManifoldText {
  readonly about: string;
  readonly dimensions: string;
  readonly activation: string;
  readonly activations: Readonly<Record<ActivationName, string>>;
  readonly another: string;
  readonly which: (seed: number) => string;
  readonly input: string;
  readonly output: (n: number) => string;
  readonly drawn: (coinciding: string, error: string) => string;
  readonly drawnInput: string;
  readonly paper: string;
  readonly along: readonly [from: string, to: string];
  readonly sharing: string;
  readonly numbers: string;
  readonly flattened: string;
  readonly coinciding: string;
  readonly error: string;
  readonly shapeError: string;
  readonly expected: string;
  readonly explained: string;
  readonly said: (n: number, flattened: string, coinciding: string, error: string) => string;
}

export const manifoldText: Texts<ManifoldText> = {
  en: {
    about:
      "Figure 1: a spiral in the plane goes through a random matrix T into n dimensions, through an activation, and back by T's pseudo-inverse. Few dimensions lose much of it; many keep it.",
    dimensions: "Dimensions n",
    activation: "Activation",
    activations: {
      relu: "ReLU",
      relu6: "ReLU6",
      "relu6-wide": "ReLU6, what goes in × 3",
      biased: "ReLU with a bias",
      leaky: "Leaky ReLU (0.1)",
      linear: "None (linear)",
    },
    another: "Another T",
    which: (seed) => `T no. ${seed}`,
    input: "The spiral",
    output: (n) => `Back from n = ${n}`,
    drawn: (coinciding, error) =>
      `The spiral as it comes back: ${coinciding} of its points share their image, the error is ${error}.`,
    drawnInput: "A spiral of three turns.",
    paper: "The dimensions of the paper",
    along: ["centre", "end"],
    sharing: "points that share their image with another",
    numbers: "In numbers",
    flattened: "Flattened",
    coinciding: "Coinciding",
    error: "Error",
    shapeError: "Error of shape",
    expected: "Expected (appendix A)",
    explained:
      "Flattened: points around which the plane became a line or a point. Coinciding: points whose image another has, too. Error: distance to the spiral over the spiral's size; of shape: after the shift and the factor that fit best. Expected: the share that ReLU flattens over all T.",
    said: (n, flattened, coinciding, error) =>
      `n = ${n}: ${flattened} of the points are flattened, ${coinciding} coincide with others; the error is ${error}.`,
  },
  zh: {
    about:
      "图 1：平面上的螺线经随机矩阵 T 映射到 n 维，通过激活函数，再用 T 的伪逆映射回来。维数少时信息大量丢失，维数多时基本保留。",
    dimensions: "维数 n",
    activation: "激活函数",
    activations: {
      relu: "ReLU",
      relu6: "ReLU6",
      "relu6-wide": "ReLU6（输入 × 3）",
      biased: "带偏置的 ReLU",
      leaky: "Leaky ReLU（0.1）",
      linear: "无（线性）",
    },
    another: "换一个 T",
    which: (seed) => `第 ${seed} 个 T`,
    input: "原螺线",
    output: (n) => `从 n = ${n} 维映射回来`,
    drawn: (coinciding, error) => `映射回来的螺线：${coinciding} 的点与其他点重合，误差 ${error}。`,
    drawnInput: "绕三圈的螺线。",
    paper: "论文中的维数",
    along: ["中心", "末端"],
    sharing: "与其他点重合的点",
    numbers: "数值",
    flattened: "压扁",
    coinciding: "重合",
    error: "误差",
    shapeError: "形状误差",
    expected: "期望值（附录 A）",
    explained:
      "压扁：该点附近的平面变成了线或点。重合：该点的像与另一点相同。误差：与原螺线的距离除以螺线的大小；形状误差：经最佳平移和缩放之后的误差。期望值：对所有 T 平均，ReLU 压扁的比例。",
    said: (n, flattened, coinciding, error) =>
      `n = ${n}：${flattened} 的点被压扁，${coinciding} 重合，误差 ${error}。`,
  },
};

interface BlockText {
  readonly about: string;
  readonly settings: string;
  readonly resolution: string;
  readonly inputChannels: string;
  readonly outputChannels: string;
  readonly width: string;
  readonly expansion: string;
  readonly stride: string;
  readonly forms: Readonly<Record<BlockForm, string>>;
  readonly operations: Readonly<Record<BlockStep["kind"], string>>;
  readonly operates: (words: string, stride: number, bend: string) => string;
  readonly linear: string;
  readonly hatched: string;
  readonly compared: string;
  readonly form: string;
  readonly largest: string;
  readonly run: string;
  readonly runFused: string;
  readonly costs: (parameters: string, multiplyAdds: string) => string;
  readonly shortcut: string;
  readonly noShortcut: (why: "stride" | "channels") => string;
  readonly explained: string;
  readonly steps: (form: string) => string;
  readonly operation: string;
  readonly gives: string;
  readonly said: (multiplyAdds: string, times: string) => string;
}

export const blockText: Texts<BlockText> = {
  en: {
    about:
      "The inverted residual: a 1×1 convolution expands, a depthwise one filters, a linear 1×1 convolution projects. Beside it, a regular and a separable convolution with the same input and output.",
    settings: "The block",
    resolution: "Input resolution",
    inputChannels: "Input channels",
    outputChannels: "Output channels",
    width: "Width multiplier",
    expansion: "Expansion t",
    stride: "Stride",
    forms: {
      inverted: "Inverted residual",
      full: "Regular convolution",
      separable: "Separable convolution",
    },
    operations: {
      input: "input",
      pointwise: "1×1 conv",
      full: "3×3 conv",
      depthwise: "3×3 depthwise",
      add: "add the shortcut",
      other: "other",
    },
    operates: (words, stride, bend) =>
      stride > 1 ? `${words}, stride ${stride}, ${bend}` : `${words}, ${bend}`,
    linear: "linear",
    hatched:
      "A bar is a feature map, as wide as it has channels; a hatched one is linear, no activation follows.",
    compared: "Compared",
    form: "Form",
    largest: "Largest map",
    run: "Memory of a run",
    runFused: "The same, fused",
    costs: (parameters, multiplyAdds) => `${parameters} params, ${multiplyAdds} multiply-adds`,
    shortcut:
      "The input is added to the output, because the stride is 1 and the channels are equal.",
    noShortcut: (why) =>
      why === "stride"
        ? "There is no shortcut, because the stride is 2."
        : "There is no shortcut, because input and output have different channels.",
    explained:
      "Batch norm's γ and β count as parameters. Maps are float32. Fused: the block runs by rows, so that the expanded map never exists as a whole (section 5.1).",
    steps: (form) => `${form}, step by step`,
    operation: "Operation",
    gives: "Output",
    said: (multiplyAdds, times) =>
      `The block takes ${multiplyAdds} multiply-adds, ${times} times those of a regular convolution.`,
  },
  zh: {
    about:
      "倒残差模块：1×1 卷积扩展通道，深度卷积滤波，再用线性的 1×1 卷积投影。旁边是输入输出相同的普通卷积和可分离卷积。",
    settings: "模块参数",
    resolution: "输入分辨率",
    inputChannels: "输入通道数",
    outputChannels: "输出通道数",
    width: "宽度系数",
    expansion: "扩展倍数 t",
    stride: "步长",
    forms: { inverted: "倒残差模块", full: "普通卷积", separable: "可分离卷积" },
    operations: {
      input: "输入",
      pointwise: "1×1 卷积",
      full: "3×3 卷积",
      depthwise: "3×3 深度卷积",
      add: "与输入相加",
      other: "其他",
    },
    operates: (words, stride, bend) =>
      stride > 1 ? `${words}，步长 ${stride}，${bend}` : `${words}，${bend}`,
    linear: "线性",
    hatched: "每个长条是一个特征图，宽度表示通道数；斜线表示线性输出，其后没有激活函数。",
    compared: "对比",
    form: "形式",
    largest: "最大特征图",
    run: "运行内存",
    runFused: "融合后的运行内存",
    costs: (parameters, multiplyAdds) => `参数 ${parameters}，乘加 ${multiplyAdds}`,
    shortcut: "步长为 1 且通道数相同，因此输入与输出相加。",
    noShortcut: (why) =>
      why === "stride" ? "步长为 2，没有残差连接。" : "输入与输出通道数不同，没有残差连接。",
    explained:
      "参数量包含批归一化的 γ 和 β。特征图为 float32。融合：模块按行计算，扩展后的特征图不会整体存在（论文 5.1 节）。",
    steps: (form) => `${form}的各步骤`,
    operation: "运算",
    gives: "输出",
    said: (multiplyAdds, times) => `该模块需要 ${multiplyAdds} 次乘加，是普通卷积的 ${times} 倍。`,
  },
};
