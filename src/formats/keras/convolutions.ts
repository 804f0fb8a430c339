/**
 * Layers that multiply by weights. Keras stores kernels as the graph wants them, HWIO; a dense layer is a
 * convolution of 1×1, and a depthwise one that makes several channels of each input channel reads
 * as many copies of its input.
 */
import type { Padding } from "../../graph/ir.ts";
import type { Tensor } from "../../tensor.ts";
import { quote } from "../../untrusted.ts";
import { withActivation } from "./activations.ts";
import type { KerasTensor } from "./importer.ts";
import type { LayerImport, ReadLayer } from "./layer-import.ts";
import type { Wanted } from "./weights.ts";

export const convolutionLayers: Readonly<Record<string, ReadLayer>> = {
  Conv2D: convolution,
  Convolution2D: convolution,
  DepthwiseConv2D: depthwise,
  SeparableConv2D: separable,
  SeparableConvolution2D: separable,
  Dense: dense,
};

/** The window of a convolution or a pool. */
export interface LayerWindow {
  readonly kernel: readonly [rows: number, columns: number];
  readonly stride: number;
  readonly padding: Padding;
}

/** Kernel, stride and padding; rows and columns have one stride. */
export function windowOf(
  layer: LayerImport,
  kernel: readonly [number, number],
  strides: readonly [number, number],
): LayerWindow {
  layer.requireChannelsLast();
  const padding = layer.config.word("padding", "valid");
  if (padding !== "same" && padding !== "valid") {
    throw layer.fault("unsupported", "its padding is not read", "same or valid", quote(padding));
  }
  return { kernel, stride: single(layer, "strides", strides), padding };
}

function single(layer: LayerImport, what: string, [a, b]: readonly [number, number]): number {
  if (a === b) return a;
  const expected = "the same for rows and columns";
  throw layer.fault("unsupported", `its ${what} differ`, expected, `${a} and ${b}`);
}

function windowIn(layer: LayerImport): LayerWindow & { readonly dilation: number } {
  const { config } = layer;
  const window = windowOf(layer, config.pair("kernel_size"), config.pair("strides", [1, 1]));
  const dilation = single(layer, "dilation rates", config.pair("dilation_rate", [1, 1]));
  return { ...window, dilation };
}

/** How many filters each channel has; −1 where only the kernel tells, as TensorFlow.js saves it. */
function multiplierOf(layer: LayerImport): number {
  return layer.config.value("depth_multiplier") === undefined
    ? -1
    : layer.config.count("depth_multiplier");
}

function biasOf(layer: LayerImport, channels: number): readonly Wanted[] {
  return layer.config.flag("use_bias", true) ? [{ roles: ["bias"], shape: [channels] }] : [];
}

function convolution(layer: LayerImport): KerasTensor {
  const input = layer.map();
  const window = windowIn(layer);
  const [, , channels] = input.dims;
  const filters = layer.config.count("filters");
  const groups = layer.config.count("groups", 1);
  const depth = channels / groups;
  const wanted: Wanted = { roles: ["kernel"], shape: [...window.kernel, depth, filters] };
  const [kernel, bias] = layer.weights([wanted, ...biasOf(layer, filters)]);
  if (groups > 1) {
    if (depth !== 1 || filters % groups !== 0) {
      const expected = "one group, or one for each channel";
      throw layer.fault("unsupported", "its groups are not read", expected, quote(groups));
    }
    return withActivation(layer, perChannel(layer, input, { window, kernel: kernel!, bias }));
  }
  const weights = layer.parameter("kernel", kernel!.shape, kernel!.data);
  const body = { op: "conv2d", ...window, weights, activation: "none" } as const;
  return withActivation(layer, layer.add("", { ...body, ...biasParameter(layer, bias) }, [input]));
}

function depthwise(layer: LayerImport): KerasTensor {
  const input = layer.map();
  const window = windowIn(layer);
  const [, , channels] = input.dims;
  const multiplier = multiplierOf(layer);
  const [kernel, bias] = layer.weights([
    {
      roles: ["depthwise_kernel", "kernel", "depthwise_weights"],
      shape: [...window.kernel, channels, multiplier],
    },
    ...biasOf(layer, multiplier === -1 ? -1 : channels * multiplier),
  ]);
  return withActivation(layer, perChannel(layer, input, { window, kernel: kernel!, bias }));
}

function separable(layer: LayerImport): KerasTensor {
  const input = layer.map();
  const window = windowIn(layer);
  const [, , channels] = input.dims;
  const multiplier = multiplierOf(layer);
  const filters = layer.config.count("filters");
  const wide = multiplier === -1 ? -1 : channels * multiplier;
  const [kernel, pointwise, bias] = layer.weights([
    { roles: ["depthwise_kernel"], shape: [...window.kernel, channels, multiplier] },
    { roles: ["pointwise_kernel"], shape: [1, 1, wide, filters] },
    ...biasOf(layer, filters),
  ]);
  const filtered = perChannel(layer, input, { window, kernel: kernel!, part: "depthwise" });
  const weights = layer.parameter("pointwise_kernel", pointwise!.shape, pointwise!.data);
  const body = { op: "conv2d", ...pointwiseWindow, weights, activation: "none" } as const;
  return withActivation(
    layer,
    layer.add("", { ...body, ...biasParameter(layer, bias) }, [filtered]),
  );
}

/** Dense layers work on the last axis, whatever lies before it. */
function dense(layer: LayerImport): KerasTensor {
  const input = layer.input();
  const channels = input.dims.at(-1) ?? 1;
  const units = layer.config.count("units");
  for (const key of ["quantization_mode", "quantization_config", "lora_rank"]) {
    if (layer.config.value(key) === undefined) continue;
    const received = `${key} ${quote(layer.config.value(key))}`;
    throw layer.fault("unsupported", "its weights are stored otherwise", "a kernel", received);
  }
  const wanted: Wanted = { roles: ["kernel"], shape: [channels, units] };
  const [kernel, bias] = layer.weights([wanted, ...biasOf(layer, units)]);
  const weights = layer.parameter("kernel", [1, 1, channels, units], kernel!.data);
  const body = { op: "conv2d", ...pointwiseWindow, weights, activation: "none" } as const;
  return withActivation(layer, layer.add("", { ...body, ...biasParameter(layer, bias) }, [input]));
}

const pointwiseWindow = { kernel: [1, 1], stride: 1, dilation: 1, padding: "valid" } as const;

function biasParameter(layer: LayerImport, bias: Tensor | undefined): { readonly bias?: string } {
  return bias === undefined ? {} : { bias: layer.parameter("bias", bias.shape, bias.data) };
}

/** A filter, or several, for each channel: output channel `c · several + i` is filter i of channel c. */
function perChannel(
  layer: LayerImport,
  input: KerasTensor,
  {
    window,
    kernel,
    bias,
    part = "",
  }: {
    readonly window: LayerWindow & { readonly dilation: number };
    readonly kernel: Tensor;
    readonly bias?: Tensor | undefined;
    readonly part?: string;
  },
): KerasTensor {
  const channels = input.dims.at(-1) ?? 1;
  const outputs = kernel.data.length / (window.kernel[0] * window.kernel[1]);
  const copies = outputs === channels ? input : copied(layer, input, outputs);
  const shape = [...window.kernel, outputs];
  const weights = layer.parameter("depthwise_kernel", shape, kernel.data);
  const body = { op: "depthwiseConv2d", ...window, weights, activation: "none" } as const;
  return layer.add(part, { ...body, ...biasParameter(layer, bias) }, [copies]);
}

/** Each channel several times, one after another: a convolution with ones and zeros. */
function copied(layer: LayerImport, input: KerasTensor, outputs: number): KerasTensor {
  const channels = input.dims.at(-1) ?? 1;
  const several = outputs / channels;
  const weights = layer.madeParameter("copies", [1, 1, channels, outputs], () => {
    const ones = new Float32Array(channels * outputs);
    for (let output = 0; output < outputs; output++) {
      ones[Math.floor(output / several) * outputs + output] = 1;
    }
    return ones;
  });
  const body = { op: "conv2d", ...pointwiseWindow, weights, activation: "none" } as const;
  return layer.add("copied", body, [input]);
}
