/**
 * The values inside a network, for whoever looks for the node that goes wrong. They come from a program
 * of their own over the same weights, in which the nodes asked for stay nodes; the program that answers
 * the model's verb is compiled as if nobody had asked, so that its results are the same bits.
 */
import { MobileNetError } from "../errors.ts";
import { findLandmarks } from "../graph/find-landmarks.ts";
import type { Graph } from "../graph/ir.ts";
import { selectOutputs } from "../graph/rewrite.ts";
import type { Model } from "../models/model.ts";
import { checkOptions } from "../option-names.ts";
import { didYouMean } from "../suggest.ts";
import { quote } from "../untrusted.ts";
import type { BackendOptions } from "./backend-choice.ts";
import { noValues, type ValueReader } from "./loaded-model.ts";
import type { NodeValues, OutputChoice } from "./named-values.ts";
import { type CallOptions, type Decode, pictureOptionNames } from "./platform.ts";
import { PictureSession } from "./session.ts";

/** A node that was asked for, and which it is. */
type NamedNode = Omit<NodeValues, "shape" | "data">;

/**
 * The nodes that names stand for.
 *
 * @throws MobileNetError `invalid-argument` for what is no list of names, or a name that is unknown.
 */
function namedNodes({ graph, name }: Model, outputs: unknown): readonly NamedNode[] {
  if (!Array.isArray(outputs)) throw badOutputs(outputs);
  const short = shortNames(graph);
  const own = new Map(graph.nodes.map((node) => [node.name, node]));
  return outputs.map((asked: unknown) => {
    const isExact = typeof asked === "object" && asked !== null && "node" in asked;
    const word = isExact ? asked.node : asked;
    if (typeof word !== "string") throw badOutputs(asked);
    const found = own.get((isExact ? undefined : short.get(word)) ?? word);
    if (found === undefined) {
      const known = isExact ? own.keys() : [...short.keys(), ...own.keys()];
      throw new MobileNetError("invalid-argument", "the network has no such node", {
        node: name,
        expected: "the name of a node, or a short name such as features",
        received: quote(word),
        remedy: didYouMean(word, known, `Short names here are ${[...short.keys()].join(", ")}.`),
      });
    }
    const { quantization } = found;
    return { name: word, node: found.name, ...(quantization && { quantization }) };
  });
}

/** The short names that a graph has, and the nodes that they stand for. */
function shortNames(graph: Graph): ReadonlyMap<string, string> {
  const { blocks = [], stem, features, pool, logits } = findLandmarks(graph);
  const input = graph.nodes.find(({ op }) => op === "input")?.name;
  const all: readonly (readonly [string, string | undefined])[] = [
    ["input", input],
    ["stem", stem],
    ...blocks.map((block, index) => [`block_${index}`, block] as const),
    ["features", features],
    ["pool", pool],
    ["logits", logits],
  ];
  return new Map(all.filter((entry): entry is readonly [string, string] => entry[1] !== undefined));
}

function badOutputs(received: unknown): MobileNetError {
  return new MobileNetError("invalid-argument", "bad outputs", {
    expected: "a list of names of nodes",
    received: quote(received),
  });
}

/**
 * A reader of the nodes that a loader's option names; of none, where it names none, whose calls fail.
 *
 * @throws MobileNetError as `namedNodes`; what preparing throws.
 */
export async function openValues<Input>(
  { model, decode }: { readonly model: Model; readonly decode: Decode<Input> },
  { outputs = [], ...options }: BackendOptions & OutputChoice & CallOptions,
): Promise<ValueReader<Input>> {
  const asked = namedNodes(model, outputs);
  if (asked.length === 0) return noValues(model.name);
  const nodes = [...new Set(asked.map(({ node }) => node))];
  const graph = selectOutputs(model.graph, nodes);
  const source = { graph, preprocess: model.preprocess, decode, mayOverflow: true };
  // What there is to warn of, the answering network has said.
  const session = await PictureSession.open(source, { ...options, onWarning: () => {} });
  return {
    arenaBytes: session.arenaBytes,
    async values(image, call = {}) {
      checkOptions(call, pictureOptionNames, "values");
      const run = await session.run(image, call);
      return asked.map((named, i) => {
        const index = nodes.indexOf(named.node);
        const data = run.outputs[index]!;
        const shape = session.outputShapes[index]!;
        // Who asks twice gets two arrays, as everywhere.
        const isFirst = asked.findIndex(({ node }) => node === named.node) === i;
        return { ...named, shape, data: isFirst ? data : data.slice() };
      });
    },
    dispose: () => session.dispose(),
  };
}
