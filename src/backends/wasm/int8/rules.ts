/**
 * What the compiler is told about the 8-bit kernels: how their steps use memory.
 */
import type { MemoryRules, Work } from "../../../compile/program.ts";
import type { Quantization } from "../../../graph/ir.ts";
import { blockLead } from "../overlap.ts";
import { turboCompiler } from "../turbo.ts";
import { blockMemory, blockOf, convolutionPart, patchesBytes } from "./parts.ts";
import { storesBytes } from "./probe.ts";
import { type Storage, storages } from "./storage.ts";

/** Kernels may read so far past a map's last pixel, and copies may write. */
export const slackBytes = 64;

/** How values are stored for the kernels that run here. */
export function engineStorage(): Storage {
  if (!storesBytes()) return storages.words;
  return turboCompiler() === undefined ? storages.bytes : storages.turbo;
}

/** The rules for one way of storing values. */
export function int8Rules(storage: Storage, threads: number): MemoryRules {
  return {
    name: `wasm int8 ${storage.storage}`,
    threads,
    valueBytes: storage.valueBytes,
    slackBytes,
    movesScratch: true,
    workspaceBytes: (work) => {
      const block = blockOf(work);
      return block === undefined ? 0 : blockMemory(block, threads, storage).ringBytes;
    },
    scratchBytes: (work) => storage.seedBytes + scratchBytes(work, threads, storage),
    overlapLead: (work) => overlapLead(work, threads, storage),
    inPlace: (work) => (keepsBits(work) ? "keeps" : work.node.op === "add" ? "changes" : undefined),
  };
}

function scratchBytes(work: Work, threads: number, storage: Storage): number {
  const block = blockOf(work);
  if (block !== undefined) {
    const { filteredBytes } = blockMemory(block, threads, storage);
    return Math.max(filteredBytes, patchesBytes(block.expand, storage));
  }
  const { op } = work.node;
  if (op === "averagePool2d" || op === "globalAveragePool") return 32;
  return op === "conv2d" ? patchesBytes(convolutionPart(work), storage) : 0;
}

function overlapLead(work: Work, threads: number, storage: Storage): number | undefined {
  const block = blockOf(work);
  if (block === undefined) return undefined;
  const { expand, depthwise, project } = block;
  const [, rows, columns] = depthwise.input.shape;
  const { stride } = depthwise.convolution;
  return blockLead({
    input: (expand ?? depthwise).input,
    output: project.output,
    elementBytes: storage.valueBytes,
    expand: expand?.convolution,
    depthwise: depthwise.convolution,
    rows,
    columns,
    groupRows: blockMemory(block, threads, storage).groupRows,
    // Without an expansion, windows are read where they lie.
    readFrom: expand === undefined ? (start, top) => start * stride - top : undefined,
  });
}

/**
 * Whether a step changes only what values stand for: uint8 to int8 with the zero point moved along,
 * say. However the kernels store values, these are the same bits. Scales are alike where their ratio,
 * in the 256ths in which it is multiplied by, rounds to 1.
 */
export function keepsBits({ node, inputs, output }: Work): boolean {
  const [from, to] = [inputs[0]?.quantization, output.quantization];
  if (node.op !== "quantize" || from === undefined || to === undefined) return false;
  const alike = Math.abs(Math.fround(from.scale / to.scale) - 1) < 1 / 512;
  return alike && aboveLeast(from) === aboveLeast(to);
}

function aboveLeast({ dtype, zeroPoint }: Quantization): number {
  return zeroPoint + (dtype === "int8" ? 128 : 0);
}
