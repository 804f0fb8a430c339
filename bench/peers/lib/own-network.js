/**
 * This library's end of a comparison of files: a model as every user loads it, what its input holds for a
 * picture, and the raw outputs that a peer has too. What the reader cut off or put behind a file's own
 * outputs is taken back: an ending for files that end in logits, an enlargement of a segmenter's logits.
 */
import { largestOf } from "./agreement.js";

/** A model file, loaded. */
export class OwnNetwork {
  #library;
  #model;

  static async open(library, file) {
    return new OwnNetwork(library, await library.loadModel(file));
  }

  constructor(library, model) {
    this.#library = library;
    this.#model = model;
  }

  get model() {
    return this.#model;
  }

  get #input() {
    return this.#model.graph.nodes.find(({ op }) => op === "input");
  }

  /** What the network's input holds for a picture: codes where it is 8-bit. */
  async inputFor(picture) {
    const [values] = await this.#values(this.#model, [this.#input.name], picture);
    const { data, dtype } = stored(values);
    return { shape: [1, ...values.shape.slice(1)], dtype, data };
  }

  /**
   * Raw outputs for a picture, the operation that each ends in, and the logits before a softmax or
   * sigmoid.
   *
   * @param size - Rows and columns of a segmenter's logits in the file, where they are enlarged.
   */
  async outputsFor(picture, size) {
    const { graph, task } = this.#model;
    const nodes = new Map(graph.nodes.map((node) => [node.name, node]));
    if (task === "segment" && size !== undefined) {
      const [logits] = graph.outputs;
      const { quantization } = nodes.get(logits);
      const enlarged = {
        ...{ op: "resizeBilinear", name: `${logits}/enlarged`, inputs: [logits], size },
        ...{ alignCorners: true, halfPixelCenters: false, ...(quantization && { quantization }) },
      };
      const whole = { ...graph, nodes: [...graph.nodes, enlarged] };
      const values = await this.#values({ ...this.#model, graph: whole }, [enlarged.name], picture);
      return values.map(stored);
    }
    const ends = graph.outputs.map((name) => this.#fileEnd(nodes, name));
    const before = ends.map((name) => logitsOf(nodes, name));
    const wanted = [...ends, ...before.filter((name) => name !== undefined)];
    const values = await this.#values(this.#model, wanted, picture);
    const ofNode = (name) => values.find(({ node }) => node === name);
    return ends.map((name, i) => {
      const logits = before[i] === undefined ? undefined : ofNode(before[i]).data;
      return { ...stored(ofNode(name)), logits, ending: nodes.get(name).op };
    });
  }

  /**
   * By how much the network enlarges what changes at its input, in fractions of the largest values: about
   * 1 where it was trained, in the hundreds where its weights are random. 8-bit networks have none.
   */
  async amplification(picture) {
    const { compile, realValues, selectOutputs, wasmBackend } = this.#library;
    const { graph } = this.#model;
    const nodes = new Map(graph.nodes.map((node) => [node.name, node]));
    const name = this.#fileEnd(nodes, graph.outputs[0]);
    const end = logitsOf(nodes, name) ?? name;
    const { data, dtype } = await this.inputFor(picture);
    if (dtype !== "float32") return 1;
    const program = compile(selectOutputs(graph, [end]), wasmBackend.target);
    const executable = await wasmBackend.prepare(program);
    const run = async (values) => realValues((await executable.infer([values]))[0]).slice();
    const size = 1e-3 * largestOf(data);
    const plain = await run(data);
    const moved = await run(data.map((value, i) => value + ((i * 7919) % 13 < 6 ? -size : size)));
    executable.dispose();
    const change = largestOf(moved.map((value, i) => value - plain[i]));
    return change / largestOf(plain) / 1e-3;
  }

  /** The task's own answer, for files that end in more than the network's raw outputs. */
  async answerFor(picture, options) {
    const loaded = await this.#load(this.#model, {});
    try {
      return await loaded[this.#model.task](picture, options);
    } finally {
      loaded.dispose();
    }
  }

  /** The node that the file ends in: that before an ending which the reader put there. */
  #fileEnd(nodes, name) {
    const added = (this.#model.assumptions ?? []).some(
      ({ about, assumed }) => about === "head" && assumed.startsWith("outputs are logits"),
    );
    if (!added) return name;
    const before = nodes.get(nodes.get(name).inputs[0]);
    return before.op === "dequantize" ? before.inputs[0] : before.name;
  }

  async #values(model, outputs, picture) {
    const names = [...new Set(outputs)].map((node) => ({ node }));
    const loaded = await this.#load(model, { outputs: names });
    try {
      return await loaded.values(picture);
    } finally {
      loaded.dispose();
    }
  }

  #load(model, options) {
    const { loadClassifier, loadDetector, loadEmbedder, loadSegmenter } = this.#library;
    const loaders = {
      ...{ classify: loadClassifier, detect: loadDetector },
      ...{ embed: loadEmbedder, segment: loadSegmenter },
    };
    return loaders[model.task](model, options);
  }
}

function logitsOf(nodes, name) {
  const { op, inputs } = nodes.get(name);
  return op === "softmax" || op === "sigmoid" ? inputs[0] : undefined;
}

/** Values as the network holds them: real numbers, or the codes of 8 bits with their scale. */
function stored({ shape, data, quantization }) {
  if (quantization === undefined) return { shape, dtype: "float32", data };
  const { dtype, scale, zeroPoint } = quantization;
  const Codes = dtype === "int8" ? Int8Array : Uint8Array;
  const codes = Codes.from(data, (value) => Math.round(value / scale) + zeroPoint);
  return { shape, dtype, data: codes, scale, zeroPoint };
}

/**
 * The largest difference, relative to the largest value, that rounding explains between two float32 runs
 * of a network that enlarges nothing. A sum of n products errs by about √n · 2⁻²⁴ of what it adds; errors
 * of different sums are independent, so that squares add up over layers and over both engines; four
 * deviations are allowed. Where activations are rounded to 8 bits on the way (one engine computes with
 * 8-bit weights in integers, the other in floats), each of L layers adds a step of 1/127 of the largest
 * value, evenly distributed: 1 / (127 · √12).
 */
export function floatTolerance({ countCost }, model) {
  const terms = countCost(model.graph)
    .nodes.filter(({ multiplyAdds }) => multiplyAdds > 0)
    .map(({ multiplyAdds, outputShape }) => multiplyAdds / outputShape.reduce((a, b) => a * b, 1));
  const all = terms.reduce((sum, n) => sum + n, 0);
  if (isHybrid(model)) return (4 * Math.sqrt(terms.length)) / (127 * Math.sqrt(12));
  return 4 * Math.sqrt(2 * all) * 2 ** -24;
}

/** Whether a file has 8-bit weights under float32 values. */
export function isHybrid({ origin }) {
  return origin?.notes.some((note) => note.startsWith("weights are stored in 8 bits")) === true;
}
