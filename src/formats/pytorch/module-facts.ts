/**
 * What a module that was saved whole says about its network: batch norms' ε, and that its convolutions
 * and activations are MobileNetV2's. Only names and numbers of its objects are looked at.
 */
import { MobileNetError } from "../../errors.ts";
import { quote } from "../../untrusted.ts";
import type { WeightFacts } from "../weight-facts.ts";
import type { Inert } from "./pickle.ts";

/** Classes of torch.nn that do nothing to what a network answers, or what our networks do there too. */
const known: readonly string[] = [
  ...[
    "Conv2d",
    "BatchNorm2d",
    "ReLU6",
    "Linear",
    "Dropout",
    "Identity",
    "Sequential",
    "ModuleList",
  ],
  ...["ModuleDict", "AdaptiveAvgPool2d", "Flatten", "Softmax", "LogSoftmax"],
];

/**
 * The facts of a whole module.
 *
 * @param modules - Its parts by their names; none where a state_dict was saved.
 * @throws MobileNetError `unsupported` naming a part that is not MobileNetV2's.
 */
export function moduleFacts(modules: ReadonlyMap<string, Inert>, place: string): WeightFacts {
  const root = modules.values().next().value;
  if (root === undefined) return {};
  let epsilon: unknown;
  let strided = 0;
  for (const [name, { type, state }] of modules) {
    const fields = state instanceof Map ? state : new Map<unknown, unknown>();
    const refuse = (expected: string, received: unknown): MobileNetError =>
      new MobileNetError("unsupported", "a part of the module is not MobileNetV2's", {
        node: `${place}, ${name}`,
        expected,
        received: quote(received),
        remedy: "Export the model as ONNX, which has the whole network.",
      });
    if (!type.module.startsWith("torch.nn.")) continue;
    // ReLU between the dense layers of a head is usual.
    const inHead = type.name === "ReLU" && !/(?:^|\.)(?:features|conv)\./.test(name);
    if (!known.includes(type.name) && !inHead) throw refuse(known.join(", "), type.name);
    if (type.name === "BatchNorm2d" && fields.has("eps")) {
      const own = fields.get("eps");
      epsilon ??= own;
      if (typeof own !== "number" || own !== epsilon) throw refuse(`eps ${quote(epsilon)}`, own);
    }
    if (type.name !== "Conv2d") continue;
    const mode = fields.get("padding_mode") ?? "zeros";
    if (mode !== "zeros") throw refuse("padding_mode zeros", mode);
    const kernel = pairOf(fields.get("kernel_size"));
    if (kernel === undefined) continue;
    const usual = { padding: (kernel - 1) / 2, dilation: 1 };
    for (const [field, expected] of Object.entries(usual)) {
      const given = fields.get(field) ?? expected;
      const named = given === "same" || (given === "valid" && kernel === 1);
      if (field === "padding" && named) continue;
      if (pairOf(given) !== expected) throw refuse(`${field} ${expected}`, given);
    }
    const stride = pairOf(fields.get("stride") ?? 1);
    if (stride === undefined) throw refuse("one stride", fields.get("stride"));
    if (stride > 1) strided += stride === 2 ? 1 : 2;
  }
  const isKnown = /^(?:torchvision|timm|torch)\./.test(root.type.path);
  if (strided !== 0 && strided !== 5) {
    throw new MobileNetError("unsupported", "the module's strides are not MobileNetV2's", {
      node: place,
      expected: "stride 2 in five of its layers",
      received: `in ${strided}`,
      remedy: "Export the model as ONNX, which has the whole network.",
    });
  }
  return {
    from: place,
    framework: `PyTorch, ${root.type.path}`,
    notes: isKnown
      ? []
      : [`what ${root.type.path} does is not in the file: its weights' names tell the network`],
    ...(strided === 5 ? { padding: "symmetric" } : {}),
    ...(typeof epsilon === "number" ? { epsilon } : {}),
  };
}

/** The one number of a pair of equal ones. */
function pairOf(value: unknown): number | undefined {
  const [first, second] = Array.isArray(value) ? value : [value, value];
  return typeof first === "number" && first === second ? first : undefined;
}
