/** A network that makes no sense and has an operator of nearly every kind, for files that are damaged. */
import { float, ints } from "./operands.ts";
import { code } from "./tiny-model.ts";
import { type OperatorSpec, type Table, type TensorSpec, writeModel } from "./write-model.ts";

/** Its bytes. */
export function manyOperators(): Uint8Array {
  const tensors: TensorSpec[] = [float("x", [1, 4, 4, 3])];
  const operators: OperatorSpec[] = [];
  const add = (tensor: TensorSpec): number => tensors.push(tensor) - 1;
  let last = 0;
  const step = (
    name: keyof typeof code,
    shape: readonly number[],
    constants: readonly TensorSpec[] = [],
    { options = {}, first = false }: { readonly options?: Table; readonly first?: boolean } = {},
  ): void => {
    const operands = constants.map(add);
    const inputs = first ? [...operands, last] : [last, ...operands];
    last = add(float(`${name} ${tensors.length}`, shape));
    operators.push({ code: code[name], inputs, outputs: [last], options });
  };
  const window = { 0: { u8: 1 }, 1: { i32: 1 }, 2: { i32: 1 } };
  const map = [1, 4, 4, 2];
  step("slice", map, [ints([0, 0, 0, 1]), ints([1, 4, 4, 2])]);
  step("mul", map, [float("c", [2], [2, 3])]);
  step("sub", map, [float("c", [], [1])], { first: true });
  step("div", map, [float("c", [1], [4])], { options: { 0: { u8: 3 } } });
  step("minimum", map, [float("c", [], [5])]);
  step("leakyRelu", map, [], { options: { 0: { f32: 0.1 } } });
  step("transpose", map, [ints([0, 2, 1, 3])]);
  step("padv2", [1, 5, 4, 2], [ints([0, 0, 1, 0, 0, 0, 0, 0], [4, 2]), float("c", [], [0])]);
  step("slice", map, [ints([0, 1, 0, 0]), ints([1, -1, 4, 2])]);
  step("stridedSlice", [1, 2, 4, 2], [ints([0, 1]), ints([1, 3]), ints([1, 1])]);
  step("pack", [1, 2, 2, 4, 2]);
  operators[operators.length - 1] = {
    ...operators.at(-1)!,
    inputs: [last - 1, last - 1],
    options: { 0: { i32: 2 }, 1: { i32: 2 } },
  };
  step("reshape", map, [ints([1, 4, 4, 2])]);
  step("spaceToBatch", [4, 4, 4, 2], [ints([2, 2]), ints([2, 2, 2, 2], [2, 2])]);
  step("depthwiseConv2d", [4, 2, 2, 2], [float("w", [1, 3, 3, 2], Array(18).fill(1))], {
    options: { ...window, 3: { i32: 1 } },
  });
  step("batchToSpace", map, [ints([2, 2]), ints([0, 0, 0, 0], [2, 2])]);
  step("depthwiseConv2d", [1, 4, 4, 6], [float("w", [1, 1, 1, 6], Array(6).fill(1))], {
    options: { ...window, 3: { i32: 3 } },
  });
  step("maxPool", [1, 3, 3, 6], [], { options: { ...window, 3: { i32: 2 }, 4: { i32: 2 } } });
  step("resizeNearest", [1, 2, 2, 6], [ints([2, 2])]);
  step("fullyConnected", [4, 2], [float("w", [2, 6], Array(12).fill(1)), float("b", [2], [1, 2])]);
  step("expandDims", [1, 4, 2], [ints([0], [])]);
  step("mean", [1, 2], [ints([1])]);
  step("softmax", [1, 2], [], { options: { 0: { f32: 1 } } });
  return writeModel({ tensors, operators, inputs: [0], outputs: [last] });
}
