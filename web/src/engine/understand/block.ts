/** A block and what it replaces, built as graphs and counted by the library. */
import { countCost, GraphBuilder, profile, scaleChannels, wasmBackend } from "mobilenetv2";
import { addBlock, type BlockForm } from "../../../../src/experiments/blocks/build-block.ts";
import { drawnSteps } from "../../../../src/experiments/blocks/steps.ts";
import type { BlockCost, BlockSettings } from "../understand-api.ts";

const forms: readonly BlockForm[] = ["inverted", "full", "separable"];

export function countBlock(settings: BlockSettings): readonly BlockCost[] {
  return forms.map((form) => countForm(form, settings));
}

function countForm(form: BlockForm, settings: BlockSettings): BlockCost {
  const { resolution, inputChannels, outputChannels, width, expansion, stride } = settings;
  const builder = new GraphBuilder(form);
  const input = builder.input("input", [
    ...([1, resolution, resolution] as const),
    scaleChannels(inputChannels, width),
  ]);
  const channels = scaleChannels(outputChannels, width);
  const graph = builder.build([addBlock[form](builder, { input, channels, stride, expansion })]);
  const { parameters, multiplyAdds, nodes } = countCost(graph);
  const { layers, peakActivationBytes } = profile(graph, wasmBackend.target);
  const names = nodes.filter(({ op }) => op !== "input").map(({ name }) => name);
  return {
    ...{ form, parameters, multiplyAdds, runBytes: peakActivationBytes },
    steps: drawnSteps(graph, names),
    largestBytes: Math.max(...layers.map(({ outputBytes }) => outputBytes)),
  };
}
