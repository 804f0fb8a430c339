/**
 * How layers of a Functional model are called: which tensors and constants each reads. Keras 2 and
 * TensorFlow.js write `[["conv", 0, 0, {}]]`, Keras 3 writes the arguments with tensors among them.
 */
import { isRecord } from "../files.ts";
import type { JsonFields } from "./values.ts";

/** A tensor of a Functional model: one of a layer's outputs. */
export interface Reference {
  readonly layer: string;
  readonly tensor: number;
}

/** What a layer is called with: a tensor, or a value that stands in the file. */
export type Argument = { readonly tensor: Reference } | { readonly value: unknown };

/** One call of a layer. */
export interface Call {
  /** In order; of a list of tensors, each by itself. */
  readonly operands: readonly Argument[];
  /** Those with names: `y`, `training`. */
  readonly named: ReadonlyMap<string, Argument>;
}

/** The calls in a layer's `inbound_nodes`; undefined where they are malformed. */
export function callsOf(nodes: unknown): readonly Call[] | undefined {
  if (nodes === undefined || nodes === null) return [];
  if (!Array.isArray(nodes)) return undefined;
  const calls = nodes.map((node: unknown) => (isRecord(node) ? newerCall(node) : olderCall(node)));
  return calls.some((call) => call === undefined) ? undefined : (calls as readonly Call[]);
}

/** The tensors of a model's `input_layers` or `output_layers`: one, a list, or an object of them. */
export function referencesOf(value: unknown): readonly Reference[] | undefined {
  const one = referenceOf(value);
  if (one !== undefined) return [one];
  const items: readonly unknown[] | undefined = Array.isArray(value)
    ? value
    : isRecord(value)
      ? Object.values(value)
      : undefined;
  const references = items?.map(referenceOf);
  return references?.every((reference) => reference !== undefined)
    ? (references as readonly Reference[])
    : undefined;
}

/** Keras 3: `{"args": […], "kwargs": {…}}`, where tensors are objects that say whose they are. */
function newerCall({ args, kwargs }: JsonFields): Call | undefined {
  if (!Array.isArray(args)) return undefined;
  const operands = args.flatMap((arg: unknown): readonly Argument[] => {
    const list = Array.isArray(arg) ? arg.map(newerTensor) : [];
    return list.some((tensor) => tensor !== undefined)
      ? list.map((tensor, i) => (tensor ? { tensor } : { value: (arg as unknown[])[i] }))
      : [newerArgument(arg)];
  });
  const named = Object.entries(isRecord(kwargs) ? kwargs : {}).map(
    ([name, value]) => [name, newerArgument(value)] as const,
  );
  return { operands, named: new Map(named) };
}

function newerArgument(value: unknown): Argument {
  const tensor = newerTensor(value);
  return tensor === undefined ? { value } : { tensor };
}

function newerTensor(value: unknown): Reference | undefined {
  if (!isRecord(value) || value["class_name"] !== "__keras_tensor__") return undefined;
  const { config } = value;
  return isRecord(config) ? referenceOf(config["keras_history"]) : undefined;
}

/** Keras 2: a list of `[layer, node, tensor, named arguments]`, or one of them by itself. */
function olderCall(node: unknown): Call | undefined {
  if (!Array.isArray(node)) return undefined;
  const items: readonly unknown[] = typeof node[0] === "string" ? [node] : node;
  const named = new Map<string, Argument>();
  const operands: Argument[] = [];
  for (const item of items) {
    if (!Array.isArray(item)) return undefined;
    const tensor = referenceOf(item);
    // A constant stands where a tensor would: ["_CONSTANT_VALUE", -1, 1.0, {}].
    if (item[0] === "_CONSTANT_VALUE") operands.push({ value: item[2] });
    else if (tensor === undefined) return undefined;
    else operands.push({ tensor });
    for (const [name, value] of Object.entries(isRecord(item[3]) ? item[3] : {})) {
      const other = referenceOf(value);
      named.set(name, other === undefined ? { value } : { tensor: other });
    }
  }
  return { operands, named };
}

/** `["conv", 0, 0]`, and what may follow. The number of the call says nothing where there is one. */
function referenceOf(value: unknown): Reference | undefined {
  if (!Array.isArray(value)) return undefined;
  const [layer, node, tensor] = value as readonly unknown[];
  const isIndex = (index: unknown): index is number =>
    Number.isSafeInteger(index) && (index as number) >= 0;
  return typeof layer === "string" && isIndex(node) && isIndex(tensor)
    ? { layer, tensor }
    : undefined;
}
