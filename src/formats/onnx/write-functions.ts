/** Functions of each value as ONNX has them: an operator each, or two where the operator set has none. */
import type { NodeOf } from "../../graph/ir.ts";
import { writeClip } from "./convolution.ts";
import type { OnnxDraft } from "./draft.ts";

/** Adds the operators of a function. */
export function writeFunction(draft: OnnxDraft, node: NodeOf<"elementwise">): void {
  const { name, layout } = draft.first(node);
  const input = draft.real(name, layout);
  const of = node.function;
  draft.give(node, layout, (output) => {
    switch (of.kind) {
      case "clip": {
        writeClip(draft, input, output, of);
        break;
      }
      case "hardSigmoid": {
        const settings = { alpha: { float: of.slope }, beta: { float: of.offset } };
        draft.operator("HardSigmoid", [input], output, settings);
        break;
      }
      case "hardSwish": {
        if (draft.settings.opset >= 14) {
          draft.operator("HardSwish", [input], output);
          break;
        }
        const settings = { alpha: { float: 1 / 6 }, beta: { float: 0.5 } };
        const gate = draft.fresh(`${node.name}/gate`);
        draft.operator("HardSigmoid", [input], gate, settings);
        draft.operator("Mul", [input, gate], output);
        break;
      }
      case "swish": {
        const gate = draft.operator("Sigmoid", [input], draft.fresh(`${node.name}/gate`));
        draft.operator("Mul", [input, gate], output);
        break;
      }
      case "tanh":
        draft.operator("Tanh", [input], output);
        break;
      case "elu":
        draft.operator("Elu", [input], output, { alpha: { float: of.alpha } });
        break;
      case "leakyRelu":
        draft.operator("LeakyRelu", [input], output, { alpha: { float: of.slope } });
        break;
    }
  });
}
