/**
 * Branches and loops as far as they are none: branches whose condition is a constant, and loops over the
 * pictures of a batch, which is one picture here, so that they turn once.
 */
import { elementCount } from "../../tensor.ts";
import { constantOf, type GraphConstant } from "./constants.ts";
import { foldNode } from "./fold-operation.ts";
import { turnOf } from "./graph-def.ts";
import { moveReaders } from "./read-moves.ts";
import type { Reader, ReaderTable, Reading } from "./reading.ts";
import { known, type ListTensor, type TensorValue } from "./values.ts";

const notTaken: TensorValue = { type: "unread", error: undefined };
const handle: TensorValue = { type: "list", items: [] };

/** So many items a list has at most; a batch has one. */
const mostItems = 1024;

/** Branches, loops and lists, by TensorFlow's names. */
export const controlReaders: ReaderTable = {
  Enter: (reading) => first(reading),
  NextIteration: (reading) => first(reading),
  LoopCond: (reading) => first(reading),
  Merge: ({ inputs, ...reading }) => {
    const taken = inputs.find((input) => input.type !== "unread");
    const error = inputs.find((input) => input.type === "unread" && input.error !== undefined);
    if (taken ?? error) return (taken ?? error)!;
    throw reading.importer.fault("unsupported", reading.node, "no branch of it is taken");
  },
  Switch: (reading) => {
    const [value] = reading.inputs;
    const condition = reading.constant(1).data[0];
    if (value === undefined) throw reading.malformed("its input is missing");
    return condition === 0 ? [value, notTaken] : [notTaken, value];
  },
  Exit: exit,
  TensorArrayV3: (reading) => [handle, listOf(reading, reading.constant(0).data[0])],
  TensorArrayScatterV3: (reading) => unstacked(reading, 2),
  TensorArrayReadV3: (reading) => item(reading, list(reading, 2), 1),
  TensorArrayWriteV3: (reading) => withItem(reading, list(reading, 3), { at: 1, value: 2 }),
  TensorArraySizeV3: (reading) => length(list(reading, 1)),
  TensorArrayGatherV3: (reading) => stacked(reading, list(reading, 2)),
  TensorListReserve: (reading) => listOf(reading, reading.constant(1).data[0]),
  TensorListFromTensor: (reading) => unstacked(reading, 0),
  TensorListGetItem: (reading) => item(reading, list(reading, 0), 1),
  TensorListSetItem: (reading) => withItem(reading, list(reading, 0), { at: 1, value: 2 }),
  TensorListLength: (reading) => length(list(reading, 0)),
  TensorListStack: (reading) => stacked(reading, list(reading, 0)),
};

/** What is passed on where an input is not to be read. */
export const passesOn: ReadonlySet<string> = new Set(["Merge", "Exit"]);

const first: Reader = (reading) => {
  const [value] = reading.inputs;
  if (value !== undefined) return value;
  throw reading.malformed("its input is missing");
};

/** What a loop leaves: after one turn, where the condition then no longer holds. */
function exit(reading: Reading): TensorValue {
  const { importer, node } = reading;
  const { graph } = importer;
  const next = turnOf(graph, node);
  const [choice] = node.inputs;
  const condition = graph.get(graph.get(choice?.node ?? "")?.inputs[1]?.node ?? "");
  if (next === undefined || condition?.op !== "LoopCond") {
    const [value] = reading.inputs;
    if (value !== undefined && value.type !== "unread") return value;
    throw reading.unsupported("a loop of another kind");
  }
  const again = conditionAfterTurn(reading, condition.inputs[0]?.node ?? "", 0);
  if (again === undefined || again.data[0] !== 0) {
    throw reading.unsupported("a loop that turns more than once for one picture");
  }
  return importer.value({ node: next, port: 0 });
}

/** A loop's condition with the values that its first turn hands on. */
function conditionAfterTurn(
  reading: Reading,
  name: string,
  depth: number,
): GraphConstant | undefined {
  const { importer } = reading;
  const node = importer.graph.get(name);
  if (node === undefined || depth > 8) return undefined;
  if (node.op === "Merge") {
    const turn = node.inputs.find(
      (input) => importer.graph.get(input.node)?.op === "NextIteration",
    );
    const value = turn && importer.outputs(turn.node)[0];
    return value?.type === "constant" ? value.value : undefined;
  }
  const [own] = importer.outputs(name);
  if (node.op === "Enter" || node.op === "Const") {
    return own?.type === "constant" ? own.value : undefined;
  }
  if (node.inputs.length > 2) return undefined;
  const inputs = node.inputs.map((input) => conditionAfterTurn(reading, input.node, depth + 1));
  if (inputs.some((input) => input === undefined)) return undefined;
  return foldNode(importer, node, inputs as readonly GraphConstant[])?.[0];
}

function list(reading: Reading, position: number): ListTensor {
  const input = reading.inputs[position];
  if (input?.type === "list") return input;
  throw reading.unsupported(`input ${position} is no list`);
}

function listOf(reading: Reading, size: number | undefined): ListTensor {
  if (size !== undefined && size >= 0 && size <= mostItems) {
    return { type: "list", items: new Array<undefined>(size).fill(undefined) };
  }
  throw reading.unsupported(`a list of ${size} items`);
}

function length({ items }: ListTensor): TensorValue {
  return known(constantOf("int", [], [items.length]));
}

function item(reading: Reading, { items }: ListTensor, position: number): TensorValue {
  const found = items[reading.constant(position).data[0] ?? -1];
  if (found !== undefined) return found;
  throw reading.unsupported("an item that a list does not have");
}

function withItem(
  reading: Reading,
  { items }: ListTensor,
  { at, value }: { readonly at: number; readonly value: number },
): ListTensor {
  const index = reading.constant(at).data[0] ?? -1;
  const given = reading.inputs[value];
  if (
    given === undefined ||
    given.type === "unread" ||
    index < 0 ||
    index >= Math.max(items.length, 1)
  ) {
    throw reading.unsupported(`item ${index} of a list of ${items.length}`);
  }
  return { type: "list", items: items.length === 0 ? [given] : items.with(index, given) };
}

/** A tensor's parts along its first axis, which is one picture. */
function unstacked(reading: Reading, position: number): ListTensor {
  const input = reading.inputs[position];
  if (input?.type === "constant" && elementCount(input.value.shape) > 0) {
    const { shape, ...value } = input.value;
    if (shape[0] === 1)
      return { type: "list", items: [known({ ...value, shape: shape.slice(1) })] };
  }
  const map = reading.map(position);
  if (map.shape[0] !== 1) throw reading.unsupported(`a list of ${map.shape[0]} parts`);
  return { type: "list", items: [{ ...map, shape: map.shape.slice(1) }] };
}

function stacked(reading: Reading, { items }: ListTensor): TensorValue {
  const [only] = items;
  if (only === undefined || items.length !== 1) {
    throw reading.unsupported(`a tensor of ${items.length} items`);
  }
  const axis = known(constantOf("int", [], [0]));
  if (only.type === "constant") {
    return known({ ...only.value, shape: [1, ...only.value.shape] });
  }
  return moveReaders["ExpandDims"]!(reading.on(only, axis)) as TensorValue;
}
