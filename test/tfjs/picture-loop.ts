/** The loop over a batch's pictures that TensorFlow's `map_fn` makes, in both of its forms. */
import type { GraphFile } from "./graph-file.ts";

/**
 * Brings each picture of a batch to one size, one after another; gives the batch of all.
 *
 * @param lists - Whether values pass in lists, as TensorFlow 2 has them, or in arrays.
 */
export function resizeEach(
  graph: GraphFile,
  images: string,
  { size, lists }: { readonly size: readonly number[]; readonly lists: boolean },
): string {
  const name = (part: string): string => `map/${part}`;
  const float = { type: "DT_FLOAT" } as const;
  const frame = { frame_name: "map/frame" };
  const constant = (part: string, value: readonly number[] | number): string =>
    graph.integers(name(part), value);
  const enter = (part: string, source: string, isConstant = true): string =>
    graph.op("Enter", name(part), [source], { ...frame, is_constant: isConstant });
  const [zero, one, axis] = [constant("zero", 0), constant("one", 1), constant("axis", 0)];
  const first = constant("first", [0]);
  const next = constant("next", [1]);
  const shape = graph.op("Shape", name("shape"), [images]);
  const count = graph.op("StridedSlice", name("count"), [shape, first, next, next], {
    shrink_axis_mask: { int: 1 },
  });
  const element = { element_dtype: float };
  if (lists) {
    const any = constant("any", -1);
    graph.op(
      "TensorListFromTensor",
      name("in"),
      [images, constant("in/shape", [-1, -1, 3])],
      element,
    );
    graph.op("TensorListReserve", name("out"), [any, count], element);
  } else {
    const array = { dtype: float, tensor_array_name: "", dynamic_size: false };
    const same = { clear_after_read: true, identical_element_shapes: false };
    graph.op("TensorArrayV3", name("in/array"), [count], { ...array, ...same });
    graph.op("TensorArrayV3", name("out/array"), [count], { ...array, ...same });
    const range = graph.op("Range", name("range"), [zero, count, one]);
    graph.op(
      "TensorArrayScatterV3",
      name("in"),
      [name("in/array"), range, images, name("in/array:1")],
      {
        T: float,
      },
    );
  }
  const merge = (part: string, source: string): string =>
    graph.op("Merge", name(part), [enter(`${part}/enter`, source, false), name(`${part}/next`)]);
  const counter = merge("counter", zero);
  const results = merge("results", name(lists ? "out" : "out/array:1"));
  const limit = enter("limit", count);
  const below = graph.op("Less", name("below"), [counter, limit]);
  const most = graph.op("Less", name("most"), [counter, enter("limit/again", count)]);
  const both = graph.op("LogicalAnd", name("both"), [below, most]);
  const again = graph.op("LoopCond", name("again"), [both]);
  graph.op("Switch", name("counter/switch"), [counter, again]);
  graph.op("Switch", name("results/switch"), [results, again]);
  const at = graph.op("Identity", name("at"), [name("counter/switch:1")]);
  const source = enter("in/enter", name("in"));
  const shaped = enter("in/element", name(lists ? "in/shape" : "in/array"));
  const picture = lists
    ? graph.op("TensorListGetItem", name("picture"), [source, at, shaped], element)
    : graph.op("TensorArrayReadV3", name("picture"), [shaped, at, source], { dtype: float });
  const batch = graph.op("ExpandDims", name("batch"), [picture, enter("axis/enter", axis)]);
  const to = enter("size", constant("size/value", size.slice(0, 2)));
  const resized = graph.op("ResizeBilinear", name("resized"), [batch, to], {
    align_corners: false,
  });
  const squeezed = graph.op("Squeeze", name("squeezed"), [resized], { squeeze_dims: [0] });
  const before = name("results/switch:1");
  const written = lists
    ? graph.op("TensorListSetItem", name("written"), [before, at, squeezed], element)
    : graph.op(
        "TensorArrayWriteV3",
        name("written"),
        [enter("out/enter", name("out/array")), at, squeezed, before],
        { T: float },
      );
  const step = enter("one/enter", one);
  graph.op("NextIteration", name("counter/next"), [graph.op("AddV2", name("more"), [at, step])]);
  graph.op("NextIteration", name("results/next"), [written]);
  const all = graph.op("Exit", name("all"), [name("results/switch")]);
  if (lists) {
    const shapes = graph.integers(name("out/shape"), size);
    return graph.op("TensorListStack", name("stacked"), [all, shapes], {
      ...element,
      num_elements: { int: -1 },
    });
  }
  const range = graph.op("Range", name("out/range"), [zero, count, one]);
  return graph.op("TensorArrayGatherV3", name("stacked"), [name("out/array"), range, all], {
    dtype: float,
  });
}
