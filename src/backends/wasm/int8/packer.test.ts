import fc from "fast-check";
import { expect, test } from "vitest";
import { WeightPacker } from "./packer.ts";
import { alignChannels } from "./sizes.ts";

/** Small layers of any shape, weights of both types, zero points of the same type. */
const layers = fc
  .record({
    inputs: fc.integer({ min: 1, max: 40 }),
    outputs: fc.integer({ min: 1, max: 40 }),
    group: fc.constantFrom(2, 4),
    signed: fc.boolean(),
  })
  .chain((shape) => {
    const [min, max] = shape.signed ? [-128, 127] : [0, 255];
    const value = fc.integer({ min, max });
    const count = shape.inputs * shape.outputs;
    return fc.record({
      shape: fc.constant(shape),
      weights: fc.array(value, { minLength: count, maxLength: count }),
      zeros: fc.array(value, { minLength: shape.outputs, maxLength: shape.outputs }),
    });
  });

test("weights and totals are where the kernels look for them, layer after layer", async () => {
  const packer = await WeightPacker.load();
  fc.assert(
    fc.property(layers, ({ shape: { inputs, outputs, group, signed }, weights, zeros }) => {
      const bytes = signed ? Int8Array.from(weights) : Uint8Array.from(weights);
      const found = packer.pack({ weights: bytes, zeros, outputs }, group);
      const depth = alignChannels(inputs);
      const expected = new Int16Array(depth * alignChannels(outputs));
      const [sums, magnitudes] = [new Array(outputs).fill(0), new Array(outputs).fill(0)];
      for (let input = 0; input < inputs; input++) {
        for (let output = 0; output < outputs; output++) {
          const difference = weights[input * outputs + output]! - zeros[output]!;
          const row = Math.floor(output / 8) * depth + input - (input % group);
          expected[row * 8 + (output % 8) * group + (input % group)] = difference;
          sums[output] += difference;
          magnitudes[output] += Math.abs(difference);
        }
      }
      expect([...found.packed]).toEqual([...expected]);
      expect(Array.from(found.sums)).toEqual(sums);
      expect(Array.from(found.magnitudes)).toEqual(magnitudes);
      const plain = packer.differences({ weights: bytes, zeros, outputs });
      expect([...plain.weights]).toEqual(weights.map((weight, i) => weight - zeros[i % outputs]!));
      expect([plain.sums, plain.magnitudes]).toEqual([found.sums, found.magnitudes]);
      expect([found.depth, found.panels * 8]).toEqual([depth, alignChannels(outputs)]);
    }),
  );
});
