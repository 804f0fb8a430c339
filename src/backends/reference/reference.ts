/**
 * The reference backend: plain TypeScript that runs a program step by step. It is slow and exact,
 * needs nothing but JavaScript, and is what every other backend is compared with.
 */
import type { Program, Slot, Step, Target } from "../../compile/program.ts";
import { MobileNetError } from "../../errors.ts";
import type { Convolution, Graph } from "../../graph/ir.ts";
import { elementCount } from "../../tensor.ts";
import type { Backend, Executable } from "../backend.ts";
import * as operations from "./operations.ts";

const target: Target = {
  name: "reference",
  channelAlignment: 1,
  fuseBlocks: false,
  workspaceBytes: () => 0,
};

/** Runs programs with scalar TypeScript. */
export const referenceBackend: Backend = {
  name: "reference",
  target,
  prepare: async (program) => new ReferenceExecutable(program),
};

class ReferenceExecutable implements Executable {
  readonly description: string = "reference (scalar TypeScript, 1 thread)";
  readonly arenaBytes: number;
  readonly #program: Program;
  #arena: ArrayBuffer | undefined;

  constructor(program: Program) {
    for (const [name, { data }] of program.parameters) {
      if (data === undefined) {
        throw new MobileNetError("invalid-model", "a parameter has no values", {
          node: name,
          remedy: "Bind weights to the graph before preparing it.",
        });
      }
    }
    this.#program = program;
    this.arenaBytes = program.arenaBytes;
    this.#arena = new ArrayBuffer(program.arenaBytes);
  }

  input(index = 0): Float32Array {
    return this.#view(slotAt(this.#program.inputs, index, "input")).data;
  }

  run(): void {
    for (const step of this.#program.steps) this.#step(step);
  }

  output(index = 0): Float32Array {
    return this.#view(slotAt(this.#program.outputs, index, "output")).data.slice();
  }

  dispose(): void {
    this.#arena = undefined;
  }

  #step({ node, inputs, output }: Step): void {
    const sources = inputs.map((slot) => this.#view(slot));
    const [first] = sources as [operations.FeatureMap];
    const result = this.#view(output);
    switch (node.op) {
      case "conv2d":
        operations.conv2d(node, sources, this.#convolution(node), result);
        break;
      case "depthwiseConv2d":
        operations.depthwiseConv2d(node, sources, this.#convolution(node), result);
        break;
      case "batchNorm":
        operations.batchNorm(
          first,
          {
            gamma: this.#values(node.gamma),
            beta: this.#values(node.beta),
            mean: this.#values(node.mean),
            variance: this.#values(node.variance),
            epsilon: node.epsilon,
          },
          result,
        );
        break;
      case "activation":
        operations.map(first, result, (x) => operations.activate(node.activation, x));
        break;
      case "sigmoid":
        operations.map(first, result, (x) => 1 / (1 + Math.exp(-x)));
        break;
      case "add":
        operations.add(sources, result);
        break;
      case "globalAveragePool":
        operations.globalAveragePool(first, result);
        break;
      case "softmax":
        operations.softmax(first, result);
        break;
      case "resizeBilinear":
        operations.resizeBilinear(node, first, result);
        break;
      case "concat":
        operations.concat(node, sources, result);
        break;
      case "reshape":
        result.data.set(first.data);
        break;
      case "invertedResidual":
        throw new MobileNetError("unsupported", "the reference backend takes unfused blocks", {
          node: node.name,
          remedy: "Compile the graph for referenceBackend.target.",
        });
    }
  }

  #convolution(node: Convolution): operations.ConvolutionValues {
    return {
      weights: this.#values(node.weights),
      bias: node.bias === undefined ? undefined : this.#values(node.bias),
    };
  }

  #values(name: string): ArrayLike<number> {
    return (this.#program.parameters as Graph["parameters"]).get(name)?.data ?? [];
  }

  #view(slot: Slot): operations.FeatureMap {
    if (this.#arena === undefined) {
      throw new MobileNetError("disposed", "the executable was disposed", {
        remedy: "Prepare the program again.",
      });
    }
    const length = elementCount(slot.shape);
    return { shape: slot.shape, data: new Float32Array(this.#arena, slot.offset, length) };
  }
}

function slotAt(slots: readonly Slot[], index: number, kind: string): Slot {
  const slot = slots[index];
  if (slot === undefined) {
    throw new MobileNetError("invalid-argument", `no such ${kind}`, {
      expected: `an index below ${slots.length}`,
      received: `${index}`,
    });
  }
  return slot;
}
