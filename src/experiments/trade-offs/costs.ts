/** Parameters and multiply-adds of the networks that the tables list, counted from this package's graphs. */
import {
  countCost,
  type DeeplabV3Options,
  deeplabV3,
  type Graph,
  mobilenetV1,
  mobilenetV2,
  ssdlite,
} from "../../index.ts";
import { checkpoints } from "./checkpoints.ts";
import { multiplyAddsWithSpaceToBatch } from "./space-to-batch.ts";
import type { CountedNetwork, CountedVariant } from "./values.ts";

/** The 22 checkpoints. */
export function countVariants(): readonly CountedVariant[] {
  return checkpoints.map(({ width, resolution }) => {
    const cost = countCost(mobilenetV2({ width, resolution }));
    const { weightParameters, parameters, multiplyAdds } = cost;
    return { width, resolution, weightParameters, parameters, multiplyAdds };
  });
}

/** Test-time scales of table 7; the picture's side is 1 + 512 · scale, and each is seen mirrored, too. */
const scales = [0.5, 0.75, 1, 1.25, 1.5, 1.75] as const;

/** The networks of tables 4 to 7, by the names in `printed.ts`. */
export function countNetworks(): readonly CountedNetwork[] {
  const coco = { resolution: 320, classes: 80 } as const;
  return [
    whole("v1", mobilenetV1()),
    whole("v2", mobilenetV2()),
    whole("v2-1.4", mobilenetV2({ width: 1.4 })),
    head("ssd-head", ssdlite({ ...coco, predictors: "full" })),
    head("ssdlite-head", ssdlite(coco)),
    { ...whole("ssdlite", ssdlite(coco)) },
    segmenter("aspp-16", { aspp: true }),
    segmenter("aspp-8", { aspp: true, outputStride: 8 }),
    segmenter("light-16", {}),
    segmenter("light-8", { outputStride: 8 }),
  ];
}

function whole(name: string, graph: Graph): CountedNetwork {
  const { weightParameters, parameters, multiplyAdds } = countCost(graph);
  return { name, weightParameters, parameters, multiplyAdds };
}

/** What lies on top of the feature extractor: extra layers and predictors. */
function head(name: string, graph: Graph): CountedNetwork {
  const nodes = countCost(graph).nodes.filter((node) => /^(extra|box|class)_/.test(node.name));
  const sum = (of: "parameters" | "multiplyAdds"): number =>
    nodes.reduce((total, node) => total + node[of], 0);
  const norms = nodes
    .filter(({ op }) => op === "batchNorm")
    .reduce((total, node) => total + node.parameters, 0);
  const parameters = sum("parameters");
  return {
    ...{ name, parameters, weightParameters: parameters - norms },
    multiplyAdds: sum("multiplyAdds"),
  };
}

/**
 * A segmenter at 513²; at output stride 8, over all scales and both directions. As TensorFlow counted when
 * the paper was written, with dilated planes padded (`padded`), and without that.
 */
function segmenter(name: string, options: DeeplabV3Options): CountedNetwork {
  const several = options.outputStride === 8;
  const sizes = several ? scales.map((scale) => 1 + 512 * scale) : [513];
  const over = (count: (graph: Graph) => number): number =>
    sizes.reduce(
      (sum, resolution) => sum + (several ? 2 : 1) * count(deeplabV3({ ...options, resolution })),
      0,
    );
  return {
    ...whole(name, deeplabV3(options)),
    multiplyAdds: over((graph) => countCost(graph).multiplyAdds),
    padded: Math.round(over(multiplyAddsWithSpaceToBatch)),
  };
}
