/**
 * The effective receptive field (Luo et al., 2016): how much of a value's gradient with respect to the
 * picture lies where. The picture becomes the weights of a layer over a constant 1, so that a training
 * network gives its gradient like any other parameter's.
 */
import { type Graph, inferShapes, selectOutputs } from "../../index.ts";
import type { Random } from "../../random.ts";
import { required } from "../../required.ts";
import { createWasmNetwork, importWeights, planTraining } from "../../train/index.ts";

/** The layer whose weights are the picture. */
const picture = "picture/weights";

/** The network with its picture as weights: `[1, 1, 1, rows · columns · channels]`. */
export function withPictureAsWeights(graph: Graph): Graph {
  const input = graph.nodes.find(({ op }) => op === "input")!;
  const [, rows, columns, channels] = required(inferShapes(graph), input.name);
  const values = rows * columns * channels;
  return {
    name: graph.name,
    outputs: graph.outputs,
    nodes: [
      { op: "input", name: "one", inputs: [], shape: [1, 1, 1, 1] },
      {
        ...{ op: "conv2d", name: "picture", inputs: ["one"], weights: picture },
        ...{ kernel: [1, 1], stride: 1, dilation: 1, padding: "valid", activation: "none" },
      },
      { op: "reshape", name: input.name, inputs: ["picture"], shape: [rows, columns, channels] },
      ...graph.nodes.filter((node) => node !== input),
    ],
    parameters: new Map([
      ...graph.parameters,
      [picture, { shape: [1, 1, 1, values], data: new Float32Array(values) }],
    ]),
  };
}

/** Squared gradients over the picture, `rows × columns`, and which value they are of. */
export interface Energy {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float64Array;
  /** The index of the value's row and column in its map. */
  readonly place: readonly [row: number, column: number];
}

/**
 * The squares of the gradient of the value in the middle of a node's map, summed over the picture's
 * colours and over pictures. Channels get signs at random, drawn anew for each picture: the mean over
 * these of the squared gradient of their sum is the sum of all channels' squared gradients.
 *
 * @param draw - Fills a picture, as the network gets it.
 * @param pause - Awaited after each picture.
 */
export async function gradientEnergy(
  graph: Graph,
  node: string,
  {
    pictures,
    random,
    draw,
    pause,
  }: {
    readonly pictures: number;
    readonly random: Random;
    readonly draw: (into: Float32Array, random: Random) => void;
    readonly pause: (done: number) => Promise<void>;
  },
): Promise<Energy> {
  const part = selectOutputs(graph, [node]);
  const shapes = inferShapes(part);
  const input = part.nodes.find(({ op }) => op === "input")!;
  const [, rows, columns, colors] = required(shapes, input.name);
  const [, height, width, channels] = required(shapes, node);
  const place = [Math.floor(height / 2), Math.floor(width / 2)] as const;
  const whole = withPictureAsWeights(part);
  const network = await createWasmNetwork(planTraining(whole), {
    ...{ batch: 1, frozenBatchNorm: true },
  });
  try {
    importWeights(network, whole.parameters);
    network.input.fill(1);
    const { values, gradient } = network.parameters.get(picture)!;
    const energy = new Float64Array(rows * columns);
    const pixels = new Float32Array(values.length);
    for (let i = 0; i < pictures; i++) {
      draw(pixels, random);
      values.set(pixels);
      network.forward(1, { training: true });
      const signs = new Float32Array(height * width * channels);
      const first = (place[0] * width + place[1]) * channels;
      for (let c = 0; c < channels; c++) signs[first + c] = random.uniform() < 0.5 ? -1 : 1;
      gradient!.fill(0);
      network.backward(new Map([[node, signs]]));
      for (let at = 0; at < energy.length; at++) {
        for (let c = 0; c < colors; c++) energy[at]! += gradient![at * colors + c]! ** 2;
      }
      await pause(i + 1);
    }
    return { rows, columns, values: energy, place };
  } finally {
    network.dispose();
  }
}

/**
 * A picture that is none: noise with as much contrast at every scale, as photographs have, from −1 to 1.
 * Each colour is the sum of noise in grids of 1, 2, 4 … cells that are stretched over the picture.
 */
export function pinkNoise(into: Float32Array, edge: number, colors: number, random: Random): void {
  into.fill(0);
  for (let cells = 1; cells <= edge; cells *= 2) {
    const grid = Float32Array.from({ length: cells * cells * colors }, () => random.normal());
    for (let y = 0; y < edge; y++) {
      for (let x = 0; x < edge; x++) {
        const cell = Math.floor((y * cells) / edge) * cells + Math.floor((x * cells) / edge);
        for (let c = 0; c < colors; c++) {
          into[(y * edge + x) * colors + c]! += 0.25 * grid[cell * colors + c]!;
        }
      }
    }
  }
  for (let i = 0; i < into.length; i++) into[i] = Math.max(-1, Math.min(1, into[i]!));
}

/**
 * The side of the smallest square around a place that holds a share of the energy, in pixels; between
 * two sides by linear interpolation.
 *
 * @param middle - In pixels, of rows and columns alike.
 */
export function sideOf(
  { rows, columns, values }: Pick<Energy, "rows" | "columns" | "values">,
  middle: number,
  share: number,
): number {
  // Energy by the distance of a pixel's centre from the middle, the larger of both axes.
  const rings = new Float64Array(2 * Math.max(rows, columns) + 2);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const distance = Math.max(Math.abs(y + 0.5 - middle), Math.abs(x + 0.5 - middle));
      rings[Math.ceil(distance - 0.5)]! += values[y * columns + x]!;
    }
  }
  const total = rings.reduce((sum, value) => sum + value, 0);
  let sum = 0;
  for (const [ring, value] of rings.entries()) {
    if (value > 0 && sum + value >= share * total) {
      const part = (share * total - sum) / value;
      return Math.max(1, 2 * (ring + part) - 1);
    }
    sum += value;
  }
  return 2 * rings.length;
}
