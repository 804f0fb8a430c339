/**
 * Table 3 and section 5.1: the largest tensors, what the engine's arena holds of a network whose blocks
 * are computed whole, in parts or in tiles of rows, and what time the parts cost.
 */
import { wasmBackend } from "../../index.ts";
import { Random } from "../../random.ts";
import { type AnyExperiment, defineExperiment, type PartContext } from "../experiment.ts";
import { measureRuns, middleOf } from "../run-times.ts";
import { memoryFigures } from "./figures.ts";
import {
  type CompiledForm,
  channelsBySize,
  compileForms,
  largestBytes,
  multiplyAddsOf,
} from "./forms.ts";
import { printedTable3 } from "./printed.ts";
import { memoryReport } from "./section.ts";
import {
  type Arenas,
  type Form,
  type FormAgreement,
  type MemorySettings,
  type MemoryValue,
  memoryKinds,
  type Table3,
  type Times,
} from "./values.ts";

/** So that this stream is nobody else's. */
const stream = 0x6d65;

export const memory: AnyExperiment = defineExperiment<MemorySettings, MemoryValue>({
  name: "memory",
  revision: 1,
  kinds: memoryKinds,
  settings: (quick) =>
    quick
      ? { resolution: 96, ways: [1, 2, 4], rounds: 5 }
      : { resolution: 224, ways: [1, 2, 3, 4, 5, 6], rounds: 60 },
  parts: (settings, seed) => [
    { name: "table3", run: async () => table3() },
    { name: "arenas", run: async () => arenas(settings) },
    { name: "agreement", run: async (context) => await agreement(settings, seed, context) },
    { name: "times", run: async (context) => await times(settings, context) },
  ],
  figures: memoryFigures,
  report: memoryReport,
});

function table3(): Table3 {
  return { kind: "table3", rows: channelsBySize(printedTable3.map(({ size }) => size)) };
}

/** A form without its program. */
function formOf({ network, precision, form, ways }: CompiledForm): Form {
  return { network, precision, form, ways };
}

function arenas(settings: MemorySettings): Arenas {
  return {
    kind: "arenas",
    forms: compileForms(settings).map((one) => ({
      ...formOf(one),
      arenaBytes: one.program.arenaBytes,
      largestBytes: largestBytes(one.program),
      multiplyAdds: multiplyAddsOf(one.program),
    })),
  };
}

/** The forms of MobileNetV2 in float32, which all compute the same. */
function comparable(settings: MemorySettings): readonly CompiledForm[] {
  return compileForms(settings).filter(
    ({ network, precision }) => network === "v2" && precision === "float32",
  );
}

async function agreement(
  settings: MemorySettings,
  seed: number,
  { progress }: PartContext<MemoryValue>,
): Promise<FormAgreement> {
  const random = new Random(stream, seed);
  const forms = comparable(settings);
  const picture = Float32Array.from({ length: settings.resolution ** 2 * 3 }, () =>
    random.normal(),
  );
  const answers: Float32Array[] = [];
  for (const [i, { program }] of forms.entries()) {
    await progress(i / forms.length);
    const executable = await wasmBackend.prepare(program);
    executable.input().set(picture);
    executable.run();
    answers.push(executable.output());
    executable.dispose();
  }
  const [whole = new Float32Array()] = answers;
  const rounded = (value: number): number => Number(value.toPrecision(3));
  return {
    kind: "agreement",
    largest: rounded(Math.max(...whole)),
    forms: forms.map((one, i) => {
      const difference = answers[i]!.reduce(
        (most, value, at) => Math.max(most, Math.abs(value - whole[at]!)),
        0,
      );
      return { ...formOf(one), difference: rounded(difference) };
    }),
  };
}

async function times(
  settings: MemorySettings,
  { progress }: PartContext<MemoryValue>,
): Promise<Times> {
  const { rounds } = settings;
  const forms = comparable(settings);
  const executables = await Promise.all(forms.map(({ program }) => wasmBackend.prepare(program)));
  try {
    const all = await measureRuns(executables, rounds, progress);
    const [whole = []] = all;
    return {
      kind: "times",
      forms: forms.map((one, i) => ({
        ...formOf(one),
        milliseconds: middleOf(all[i]!),
        ratio: middleOf(all[i]!.map((ms, round) => ms / whole[round]!)),
      })),
    };
  } finally {
    for (const executable of executables) executable.dispose();
  }
}
