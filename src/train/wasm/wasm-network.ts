/**
 * Training in WebAssembly: a call a pass, which walks a list of steps on as many threads as there are.
 * Of a forward pass only the maps before batch norm are kept; what follows is made again, block by
 * block, where the backward pass needs it.
 */
import { describeEngine } from "../../backends/wasm/instance.ts";
import { allocateMemory } from "../../backends/wasm/memory.ts";
import { chooseTeam } from "../../backends/wasm/team.ts";
import { TeamRun } from "../../backends/wasm/team-run.ts";
import { threadPool } from "../../backends/wasm/threads.ts";
import { describeError, MobileNetError } from "../../errors.ts";
import { required } from "../../required.ts";
import { dropoutBackward, dropoutForward } from "../layers/dropout.ts";
import {
  checkCount,
  type ForwardMode,
  type NetworkOptions,
  type NetworkSettings,
  parameterSize,
  resolveNetworkOptions,
  roleOf,
  type TrainedParameter,
  type TrainingNetwork,
} from "../network.ts";
import { sampleSize, type TrainingPlan } from "../plan.ts";
import { type Layout, layOut, mostSlices, roundUp8 } from "./layout.ts";
import type { TrainingEngine } from "./module.ts";
import { recordPitch, writeRecord } from "./records.ts";
import { type StepLists, writeSteps } from "./steps.ts";
import { writeRecords } from "./write-records.ts";

/** A plan with memory for WebAssembly, on a build of the kernels: see `createWasmNetwork`. */
export async function createNetworkOn(
  engine: TrainingEngine,
  plan: TrainingPlan,
  options: NetworkOptions,
): Promise<TrainingNetwork> {
  const resolved = resolveNetworkOptions(options);
  const team = await chooseTeam(resolved.threads, mostSlices);
  const layout = layOut(plan, resolved.batch, team.threads);
  const module = await engine.compiler(team.threads > 1);
  if (team.threads > 1) await threadPool().settle();
  const memory = allocateMemory(layout.bytes, team.threads > 1);
  const { buffer } = memory;
  writeRecords({ plan, layout, buffer, decay: resolved.batchNormDecay });
  const steps = writeSteps(plan, layout, buffer);
  const [leader, ...workers] = layout.workers.map(({ record }) => record);
  return new WasmNetwork(plan, resolved, {
    layout,
    steps,
    memory,
    team: new TeamRun(
      { module, memory, program: layout.team, team: layout.team, workers },
      leader!,
    ),
    description: describeEngine(engine.name, team),
  });
}

interface Machine {
  readonly layout: Layout;
  readonly steps: StepLists;
  readonly memory: WebAssembly.Memory;
  readonly team: TeamRun;
  readonly description: string;
}

/** A parameter whose arrays lie in the network's memory. */
interface WasmParameter extends TrainedParameter {
  readonly values: Float32Array;
  readonly gradient: Float32Array | undefined;
}

class WasmNetwork implements TrainingNetwork {
  readonly plan: TrainingPlan;
  readonly description: string;
  readonly batch: number;
  readonly settings: NetworkSettings;
  readonly #input: Float32Array;
  readonly #parameters: ReadonlyMap<string, WasmParameter>;
  readonly #options: Required<NetworkOptions>;
  readonly #layout: Layout;
  #machine: Machine | undefined;
  readonly #mask: Float32Array;
  #count = 0;
  #dropped = false;

  constructor(plan: TrainingPlan, options: Required<NetworkOptions>, machine: Machine) {
    const { layout } = machine;
    const { buffer } = machine.memory;
    this.plan = plan;
    this.description = machine.description;
    const { dropout, batchNormDecay, frozenBatchNorm } = options;
    this.batch = options.batch;
    this.settings = { dropout, batchNormDecay, frozenBatchNorm };
    this.#options = options;
    this.#layout = layout;
    this.#machine = machine;
    this.#input = new Float32Array(buffer, layout.input, sampleSize(plan.input) * options.batch);
    this.#parameters = new Map(
      [...plan.graph.parameters].map(([name, { shape }]) => {
        const { values, gradient } = required(layout.parameters, name);
        const size = parameterSize(plan, name);
        const view = (address: number): Float32Array => new Float32Array(buffer, address, size);
        const parameter = {
          name,
          shape,
          role: roleOf(name),
          values: view(values),
          gradient: gradient === undefined ? undefined : view(gradient),
        };
        return [name, parameter];
      }),
    );
    this.#mask = new Float32Array(plan.classifier.features * options.batch);
  }

  // Once it is disposed its memory may belong to another network.
  get input(): Float32Array {
    this.#ready();
    return this.#input;
  }

  get parameters(): ReadonlyMap<string, WasmParameter> {
    this.#ready();
    return this.#parameters;
  }

  forward(count: number, { training, random }: ForwardMode): Float32Array {
    checkCount(count, this.batch);
    const { steps } = this.#ready();
    this.#beginPass(count, training && !this.#options.frozenBatchNorm);
    const { head } = this.#layout;
    const { features, classes, bias } = this.plan.classifier;
    this.#run(training && !this.#options.frozenBatchNorm ? steps.training : steps.evaluation);
    const rate = this.#options.dropout;
    this.#dropped = training && random !== undefined && rate > 0;
    if (this.#dropped && random !== undefined) {
      const pooled = this.#floats(head.features, count * features);
      dropoutForward(pooled, { mask: this.#mask, count: count * features, rate, random });
    }
    this.#floats(head.paddedBias, classes).set(this.#values(bias));
    this.#run(steps.classifier);
    this.#count = training ? count : 0;
    return this.#floats(head.logits, count * classes);
  }

  backward(logitGradient: ArrayLike<number>): void {
    const { steps } = this.#ready();
    const count = this.#count;
    if (count === 0) {
      throw new MobileNetError("invalid-argument", "backward needs a training pass before it");
    }
    const { head } = this.#layout;
    const { features, classes, bias } = this.plan.classifier;
    const padded = roundUp8(classes);
    const dense = this.#floats(head.logitGradient, count * classes);
    const filled = this.#floats(head.paddedGradient, count * padded);
    const dbias = this.#gradient(bias);
    for (let i = 0; i < count * classes; i++) {
      const value = logitGradient[i]!;
      dense[i] = value;
      filled[Math.floor(i / classes) * padded + (i % classes)] = value;
      dbias[i % classes]! += value;
    }
    this.#run(steps.classifierBackward);
    if (this.plan.layers.length === 0) return;
    if (this.#dropped) {
      const gradient = this.#floats(head.featureGradient, count * features);
      dropoutBackward(gradient, this.#mask, count * features);
    }
    this.#run(steps.backward);
  }

  dispose(): void {
    this.#machine?.team.dispose();
    this.#machine = undefined;
  }

  /** Shares the samples out. */
  #beginPass(count: number, own: boolean): void {
    const { layout, memory } = this.#ready();
    const statistics = own ? 1 : 0;
    writeRecord(memory.buffer, "Pass", layout.pass, { samples: count, ownStatistics: statistics });
    for (const [index, { first, samples }] of layout.slices.entries()) {
      const address = layout.sliceRecords + index * recordPitch("Slice");
      const some = Math.min(samples, Math.max(0, count - first));
      writeRecord(memory.buffer, "Slice", address, { samples: some, statistics });
    }
  }

  /** Walks a list of steps. */
  #run(steps: number): void {
    try {
      this.#ready().team.run(steps);
    } catch (cause) {
      throw new MobileNetError("internal", "a training pass failed on one of its threads", {
        node: this.plan.graph.name,
        received: cause instanceof MobileNetError ? cause.received : describeError(cause),
        remedy: "Make the network again; if this comes again, train on one thread and report it.",
        cause,
      });
    }
  }

  #ready(): Machine {
    if (this.#machine === undefined) {
      throw new MobileNetError("disposed", "the training network was disposed");
    }
    return this.#machine;
  }

  #floats(address: number, count: number): Float32Array {
    return new Float32Array(this.#ready().memory.buffer, address, count);
  }

  #values(name: string): Float32Array {
    return required(this.parameters, name).values;
  }

  #gradient(name: string): Float32Array {
    return required(this.parameters, name).gradient!;
  }
}
