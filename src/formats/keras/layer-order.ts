/**
 * The order in which Keras itself lists a model's layers once it has built them, from the config in
 * whatever order: by how far they are from the outputs, the farthest first, then as they are met on the
 * way back from the outputs. Files of HDF5 give weights in this order and no other.
 */

/** What the order depends on. */
interface OrderedLayer {
  readonly name: string;
  readonly inputs: readonly string[];
}

/**
 * The layers that outputs need, in Keras's order.
 *
 * @param layers - Each after those that it reads.
 *
 * @example
 * ```ts
 * const layers = [
 *   { name: "image", inputs: [] },
 *   { name: "left", inputs: ["image"] },
 *   { name: "right", inputs: ["image"] },
 *   { name: "sum", inputs: ["right", "left"] },
 * ];
 * kerasOrder(layers, ["sum"]).map(({ name }) => name); // ["image", "right", "left", "sum"]
 * ```
 */
export function kerasOrder<L extends OrderedLayer>(
  layers: readonly L[],
  outputs: readonly string[],
): readonly L[] {
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const met = new Map<string, number>();
  // A stack instead of recursion; what a layer reads is met in the order in which it reads it.
  const stack = outputs.toReversed();
  for (let name = stack.pop(); name !== undefined; name = stack.pop()) {
    if (met.has(name)) continue;
    met.set(name, met.size);
    stack.push(...(byName.get(name)?.inputs ?? []).toReversed());
  }
  const depths = new Map<string, number>();
  for (const { name, inputs } of layers.toReversed()) {
    const depth = depths.get(name) ?? 0;
    depths.set(name, depth);
    if (!met.has(name)) continue;
    for (const input of inputs) depths.set(input, Math.max(depths.get(input) ?? 0, depth + 1));
  }
  const at = (map: ReadonlyMap<string, number>, { name }: L): number => map.get(name) ?? 0;
  return layers
    .filter(({ name }) => met.has(name))
    .toSorted((a, b) => at(depths, b) - at(depths, a) || at(met, a) - at(met, b));
}
