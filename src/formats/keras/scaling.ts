/** Layers that give each channel a factor and a summand. */
import { quote } from "../../untrusted.ts";
import type { KerasTensor } from "./importer.ts";
import type { LayerImport, ReadLayer } from "./layer-import.ts";
import type { Wanted } from "./weights.ts";

export const scalingLayers: Readonly<Record<string, ReadLayer>> = {
  BatchNormalization: batchNorm,
  BatchNormalizationV1: batchNorm,
  BatchNormalizationV2: batchNorm,
  Rescaling: (layer) => {
    const scale = layer.config.numbers("scale");
    if (scale === undefined) throw layer.config.fault("scale", "numbers", undefined);
    return layer.affine(layer.input(), { scale, offset: layer.config.numbers("offset") ?? [0] });
  },
  Normalization: normalization,
};

function batchNorm(layer: LayerImport): KerasTensor {
  const input = layer.input();
  const channels = input.dims.at(-1) ?? 1;
  requireLastAxis(layer, input, [-1]);
  const { config } = layer;
  if (config.flag("renorm", false)) throw layer.fault("unsupported", "renorm is not read");
  const [scales, centers] = [config.flag("scale", true), config.flag("center", true)];
  const wanted = (role: string): Wanted => ({ roles: [role], shape: [channels] });
  const found = layer.weights([
    ...(scales ? [wanted("gamma")] : []),
    ...(centers ? [wanted("beta")] : []),
    wanted("moving_mean"),
    wanted("moving_variance"),
  ]);
  const rest = [...found];
  const named = (part: string): string =>
    layer.parameter(part, [channels], rest.shift()?.data ?? new Float32Array(0));
  const gamma = scales ? named("gamma") : layer.filled(1, channels);
  const beta = centers ? named("beta") : layer.filled(0, channels);
  const statistics = { mean: named("moving_mean"), variance: named("moving_variance") };
  const epsilon = config.number("epsilon", 1e-3);
  if (epsilon < 0) throw config.fault("epsilon", "a number of at least 0", epsilon);
  return layer.add("", { op: "batchNorm", gamma, beta, ...statistics, epsilon }, [input]);
}

/** Keras divides by the standard deviation, which it keeps above this. */
const leastDeviation = 1e-7;

/** Mean and variance stand in the config, or were found by `adapt` and are weights. */
function normalization(layer: LayerImport): KerasTensor {
  const input = layer.input();
  const channels = input.dims.at(-1) ?? 1;
  const { config } = layer;
  // Along no axis: one mean for all, as null or as an empty list.
  const { axis = -1 } = layer.layer.config;
  const forAll = (config.value("axis") === undefined && axis === null) || isEmptyList(axis);
  if (!forAll) requireLastAxis(layer, input, [-1]);
  let [mean, variance] = [config.numbers("mean"), config.numbers("variance")];
  if (mean === undefined || variance === undefined) {
    const shape = forAll ? [] : [channels];
    const [means, variances] = layer.weights([
      { roles: ["mean"], shape },
      { roles: ["variance"], shape },
    ]);
    [mean, variance] = [[...(means?.data ?? [])], [...(variances?.data ?? [])]];
  }
  const deviation = variance.map((value) => Math.max(Math.sqrt(value), leastDeviation));
  const at = (list: readonly number[], i: number): number => list[i] ?? list[0] ?? 0;
  const longest = mean.length > deviation.length ? mean : deviation;
  const center = longest.map((_, i) => at(mean, i));
  const spread = longest.map((_, i) => at(deviation, i));
  const bad = [...center, ...spread].find((value) => !Number.isFinite(value));
  if (bad !== undefined) {
    throw layer.fault("invalid-model", "mean and variance are no statistics", "finite", quote(bad));
  }
  return config.flag("invert", false)
    ? layer.affine(input, { scale: spread, offset: center })
    : layer.affine(input, {
        scale: spread.map((value) => 1 / value),
        offset: spread.map((value, i) => -at(center, i) / value),
      });
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

/** Refuses statistics along another axis than the channels. */
function requireLastAxis(
  layer: LayerImport,
  { dims }: KerasTensor,
  missing: readonly number[],
): void {
  const axis = layer.config.numbers("axis") ?? missing;
  const [only, ...others] = axis;
  if (others.length === 0 && (only === -1 || only === dims.length)) return;
  throw layer.fault("unsupported", "it works along another axis", `${dims.length}`, quote(axis));
}
