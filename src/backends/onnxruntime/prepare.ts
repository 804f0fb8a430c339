/** A program on onnxruntime: written as an ONNX file in memory, opened as a session, run when asked. */
import { checkProgram } from "../../compile/check-program.ts";
import { hasByteMaps, type Program, type Slot } from "../../compile/program.ts";
import { usualOnnxSettings } from "../../formats/onnx/write-settings.ts";
import { writeOnnxAs } from "../../formats/onnx/writer.ts";
import type { Graph, InputNode } from "../../graph/ir.ts";
import { withBatch } from "../../graph/rewrite.ts";
import { checkOptions } from "../../option-names.ts";
import { fieldsOf } from "../../wrong-argument.ts";
import type { Executable, FeatureTensor, InputValues, PrepareOptions } from "../backend.ts";
import { checkThreads, requireWeights } from "../checks.ts";
import { type Engine, queuedExecutable } from "../queued.ts";
import { availableThreads } from "../wasm/host.ts";
import { mostAutomatic } from "../wasm/team.ts";
import { findOnnxruntime } from "./find-module.ts";
import type { FoundModule } from "./module.ts";
import { saturates } from "./saturation.ts";
import { type OpenedSession, openRuntimeSession, runtimeError } from "./session.ts";
import type { OnnxruntimeSettings } from "./settings.ts";

/**
 * Makes a program ready.
 *
 * @throws MobileNetError as `createOnnxruntimeBackend` says.
 */
export async function prepareOnnxruntime(
  program: Program,
  { runtime, providers }: OnnxruntimeSettings,
  options: PrepareOptions = {},
): Promise<Executable> {
  checkProgram(program, "prepare");
  checkOptions(options, { threads: true, onWarning: true }, "prepare");
  const { threads: wanted = 1, onWarning: warn = (message) => console.warn(message) } = options;
  checkThreads(wanted);
  requireWeights(program);
  const threads = wanted === "auto" ? Math.min(availableThreads(), mostAutomatic) : wanted;
  const found = await findOnnxruntime(runtime);
  // Channels last, as values lie here: to turn them costs onnxruntime less than it costs JavaScript.
  const file = writeOnnxAs(graphOf(program), {
    ...{ ...usualOnnxSettings, layout: "nhwc", metadata: new Map() },
  });
  const exact = hasByteMaps(program) && (await saturates(found));
  const opened = await openRuntimeSession(found, file, { providers, threads, exact, warn });
  return queuedExecutable(program, engineOf(program, found, opened));
}

/** The graph that a program computes. */
function graphOf({ name, images, inputs, steps, outputs, parameters }: Program): Graph {
  const graph = {
    name,
    nodes: [...inputs.map(inputOf), ...steps.map(({ node }) => node)],
    outputs: outputs.map((slot) => slot.name),
    parameters,
  };
  return images === 1 ? graph : withBatch(graph, images);
}

function inputOf({ name, shape, quantization }: Slot): InputNode {
  return { op: "input", name, inputs: [], shape, ...(quantization && { quantization }) };
}

function engineOf(
  { inputs: slots, outputs }: Program,
  { module }: FoundModule,
  { session, description }: OpenedSession,
): Engine {
  const tensorOf = (tensor: FeatureTensor): object => {
    const { shape } = tensor;
    if (tensor.dtype === "float32") return new module.Tensor("float32", tensor.data, shape);
    return new module.Tensor("uint8", asUnsigned(tensor.data), shape);
  };
  return {
    description,
    // onnxruntime does not tell.
    arenaBytes: 0,
    async infer(inputs) {
      const feeds = slots.map(({ name }, i) => [name, tensorOf(inputs[i]!)] as const);
      try {
        const results = fieldsOf(await session.run(Object.fromEntries(feeds)));
        return outputs.map((slot, i) => {
          const { data } = fieldsOf(results[slot.name]);
          const isFirst = outputs.findIndex(({ name }) => name === slot.name) === i;
          return valuesOf(data as InputValues, slot, isFirst);
        });
      } catch (error) {
        throw runtimeError("internal", "onnxruntime could not run the network", error);
      }
    },
    dispose: () => void session.release().catch(() => undefined),
  };
}

/** The integers of a file are unsigned: those of int8 plus 128, which turns the highest bit. */
function asUnsigned(data: Uint8Array | Int8Array): Uint8Array {
  if (data instanceof Uint8Array) return data;
  return turned(new Uint8Array(data.buffer, data.byteOffset, data.length));
}

/** An output's values in the type that the program has for it; copied for whoever asks again. */
function valuesOf(data: InputValues, { dtype }: Slot, isFirst: boolean): InputValues {
  const values = isFirst ? data : data?.slice();
  if (dtype !== "int8" || !(values instanceof Uint8Array)) return values;
  return new Int8Array(turned(values).buffer, values.byteOffset, values.length);
}

function turned(bytes: Uint8Array): Uint8Array {
  for (let i = 0; i < bytes.length; i++) bytes[i]! ^= 0x80;
  return bytes;
}
