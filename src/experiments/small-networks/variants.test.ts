import { describe, expect, it } from "vitest";
import { cifarStrides, countCost, inferShapes, mobilenetV1, mobilenetV2 } from "../../index.ts";
import { forSmallPictures, withLinearDepthwise, withRelu } from "./rewrites.ts";
import { buildVariant, variantNames } from "./variants.ts";

const around = { resolution: 32, classes: 10, width: 0.25 };

describe("networks for small pictures", () => {
  it("are what cifarStrides makes of MobileNetV2", () => {
    // Narrow networks have as many channels before and behind block 1, which its stride of 1 then joins.
    const whole = { ...around, width: 1 };
    const { nodes } = mobilenetV2({ ...whole, strides: cifarStrides });
    expect(forSmallPictures(mobilenetV2(whole)).nodes).toEqual(nodes);
  });

  it("end in 4² where the others end in 1²", () => {
    const network = mobilenetV1(around);
    const { features } = network.landmarks;
    expect(inferShapes(network).get(features)).toEqual([1, 1, 1, 256]);
    expect(inferShapes(forSmallPictures(network)).get(features)).toEqual([1, 4, 4, 256]);
  });
});

describe("networks of other activations", () => {
  const base = mobilenetV2(around);
  const kinds = (graph: Pick<typeof base, "nodes">) =>
    graph.nodes.flatMap((node) => (node.op === "activation" ? [node.activation] : []));

  it("have ReLU wherever ReLU6 was", () => {
    expect(kinds(base)).not.toContain("relu");
    expect(kinds(withRelu(base))).toEqual(kinds(base).map(() => "relu"));
  });

  it("lack those behind depthwise convolutions and no others", () => {
    const linear = withLinearDepthwise(base);
    expect(kinds(linear)).toHaveLength(kinds(base).length - 17);
    expect(linear.nodes.filter(({ name }) => /depthwise\/relu/.test(name))).toEqual([]);
    // What read them reads what they read.
    const project = linear.nodes.find(({ name }) => name === "block_3/project");
    expect(project?.inputs).toEqual(["block_3/depthwise/batch_norm"]);
    expect(countCost(linear).multiplyAdds).toBe(countCost(base).multiplyAdds);
  });
});

describe("the variants", () => {
  const wanted = buildVariant("base", around).multiplyAdds;

  it("have shapes that fit, and ten scores", () => {
    for (const name of variantNames) {
      const { graph } = buildVariant(name, around);
      expect([name, inferShapes(graph).get(graph.outputs[0]!)]).toEqual([name, [1, 1, 1, 10]]);
    }
  });

  it("cost what the unchanged network costs as nearly as channels allow", () => {
    // Channels are multiples of 8: t = 4 comes within a ninth, all others within a twentieth.
    for (const name of variantNames.filter((one) => /-equal$|^v1$|^resnet$/.test(one))) {
      const { multiplyAdds } = buildVariant(name, around);
      const off = Math.abs(multiplyAdds / wanted - 1);
      expect([name, off < (name === "t4-equal" ? 0.11 : 0.05)]).toEqual([name, true]);
    }
  });

  it("that only join other tensors cost the same", () => {
    for (const name of ["nonlinear", "no-shortcut", "expansion-shortcut", "relu"] as const) {
      expect(buildVariant(name, around).multiplyAdds).toBe(wanted);
    }
  });
});
