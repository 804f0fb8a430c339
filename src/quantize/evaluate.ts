/**
 * The float and the 8-bit network side by side on the same pictures: what is left of every feature
 * map, and how often both choose the same class.
 */
import type { Executable, OutputReader } from "../backends/backend.ts";
import { inferOnce } from "../backends/synchronous.ts";
import type { Graph } from "../graph/ir.ts";
import { inferShapes } from "../graph/shapes.ts";
import type { Model } from "../models/model.ts";
import { type BackendOptions, prepareGraph } from "../tasks/backend-choice.ts";
import type { TaskRun } from "../tasks/task.ts";
import { nodesOf } from "../tasks/tasks.ts";
import { float32Tensor } from "../tensor.ts";
import { AgreementCounter } from "./agreement.ts";
import type { PreparedPictures } from "./pictures.ts";
import type { Agreement, QuantizedLayer } from "./report.ts";

/** The networks to compare; nodes of one name belong together. */
export interface Compared {
  /** What the networks are for. */
  readonly model: Model;
  /** What the classes are compared with. */
  readonly original: Graph;
  /** What the feature maps are compared with: the original, or the same equalised. */
  readonly float: Graph;
  readonly quantized: Graph;
}

/** Sums of squares of one feature map. */
interface Energy {
  signal: number;
  noise: number;
}

/** Compares networks over pictures. */
export async function compareNetworks(
  { model, original, float, quantized }: Compared,
  pictures: PreparedPictures,
  { onPicture, ...options }: BackendOptions & { readonly onPicture?: (() => void) | undefined },
): Promise<{ readonly layers: QuantizedLayer[]; readonly agreement: Agreement }> {
  const shapes = inferShapes(float);
  const names = new Set(quantized.nodes.map(({ name }) => name));
  const common = float.nodes.filter(({ name, op }) => names.has(name) && op !== "input");
  const outputs = common.map(({ name }) => name);
  const energies = common.map((): Energy => ({ signal: 0, noise: 0 }));
  const endsOf = (graph: Graph): readonly string[] => nodesOf(model.task, { ...model, graph });
  const [ends, roundedEnds] = [endsOf(original), endsOf(quantized)];
  const counter = new AgreementCounter(model);
  const prepared: Executable[] = [];
  try {
    const open = async (graph: Graph): Promise<Executable> => {
      const { executable } = await prepareGraph(graph, options);
      prepared.push(executable);
      return executable;
    };
    const exact = await open({ ...float, outputs });
    const rounded = await open({ ...quantized, outputs });
    // Equalised or not, the classes are those of the network as it came.
    const whole = original === float ? exact : await open({ ...original, outputs: ends });
    await pictures.each(async (picture) => {
      const inputs = [picture.values];
      const exactOutputs = await inferOnce(exact, inputs);
      const roundedOutputs = await inferOnce(rounded, inputs);
      for (const [i, energy] of energies.entries()) {
        addEnergy(energy, exactOutputs.output(i), roundedOutputs.output(i));
      }
      const { size, placement } = picture;
      const frame = { image: size, placement, preprocess: pictures.preprocess };
      const runOf = (read: OutputReader, names: readonly string[], nodes: typeof ends): TaskRun => {
        const tensors = nodes.map((name) =>
          float32Tensor(shapes.get(name) ?? [], read.output(names.indexOf(name))),
        );
        return { model, outputs: tensors, frame };
      };
      counter.add({
        float:
          whole === exact
            ? runOf(exactOutputs, outputs, ends)
            : runOf(await inferOnce(whole, inputs), ends, ends),
        quantized: runOf(roundedOutputs, outputs, roundedEnds),
      });
      onPicture?.();
    });
  } finally {
    for (const executable of prepared) executable.dispose();
  }
  const nodes = new Map(quantized.nodes.map((node) => [node.name, node]));
  const layers = common.flatMap(({ name, op }, i): QuantizedLayer[] => {
    const { quantization } = nodes.get(name) ?? {};
    if (quantization === undefined) return [];
    const { scale, zeroPoint } = quantization;
    return [{ name, operation: op, scale, zeroPoint, signalToNoise: decibels(energies[i]!) }];
  });
  return { layers, agreement: counter.result() };
}

function addEnergy(energy: Energy, exact: Float32Array, rounded: Float32Array): void {
  let [signal, noise] = [0, 0];
  for (let i = 0; i < exact.length; i++) {
    const value = exact[i]!;
    const error = value - rounded[i]!;
    signal += value * value;
    noise += error * error;
  }
  energy.signal += signal;
  energy.noise += noise;
}

/** Two decimals are more than anybody reads. */
function decibels({ signal, noise }: Energy): number | null {
  if (noise === 0) return null;
  return Math.round(1000 * Math.log10(Math.max(signal, Number.MIN_VALUE) / noise)) / 100;
}
