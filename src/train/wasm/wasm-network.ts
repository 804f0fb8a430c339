/**
 * Training in WebAssembly: a pass walks lists of steps on as many threads as there are; what no kernel
 * computes is done between them. Of a forward pass mostly the maps before batch norm are kept; what
 * follows is made again, block by block, where the backward pass needs it.
 */
import { describeEngine } from "../../backends/wasm/instance.ts";
import { allocateMemory } from "../../backends/wasm/memory.ts";
import { chooseTeam } from "../../backends/wasm/team.ts";
import { TeamRun } from "../../backends/wasm/team-run.ts";
import { describeError, MobileNetError } from "../../errors.ts";
import { required } from "../../required.ts";
import {
  checkCount,
  type ForwardMode,
  type NetworkOptions,
  type NetworkSettings,
  nothingToGoBack,
  type Outputs,
  parameterSize,
  resolveNetworkOptions,
  type TrainedParameter,
  type TrainingNetwork,
} from "../network.ts";
import { sampleSize, type TrainingPlan } from "../plan.ts";
import { type Layout, layOut, mostSlices } from "./layout.ts";
import type { TrainingEngine } from "./module.ts";
import { recordPitch, writeRecord } from "./records.ts";
import { SingleOperations } from "./single-operations.ts";
import { type Stages, writeStages } from "./steps.ts";
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
  await team.pool?.settle();
  const memory = allocateMemory(layout.bytes, team.threads > 1);
  const { buffer } = memory;
  writeRecords({ layout, buffer, decay: resolved.batchNormDecay });
  const stages = writeStages(layout, buffer);
  const [leader, ...workers] = layout.workers.map(({ record }) => record);
  return new WasmNetwork(plan, resolved, {
    layout,
    stages,
    singles: new SingleOperations(plan, layout, buffer),
    memory,
    team: new TeamRun(
      { module, memory, program: layout.team, team: layout.team, workers },
      leader!,
      { pool: team.pool },
    ),
    description: describeEngine(engine.name, team),
  });
}

interface Machine {
  readonly layout: Layout;
  readonly stages: Stages;
  readonly singles: SingleOperations;
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
  #machine: Machine | undefined;
  /** Samples of the last training pass; 0 where there is none to go back through. */
  #count = 0;

  constructor(plan: TrainingPlan, options: Required<NetworkOptions>, machine: Machine) {
    const { layout } = machine;
    const { buffer } = machine.memory;
    this.plan = plan;
    this.description = machine.description;
    const { dropout, batchNormDecay, frozenBatchNorm } = options;
    this.batch = options.batch;
    this.settings = { dropout, batchNormDecay, frozenBatchNorm };
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
          role: required(plan.roles, name),
          values: view(values),
          gradient: gradient === undefined ? undefined : view(gradient),
        };
        return [name, parameter];
      }),
    );
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

  forward(count: number, { training, random }: ForwardMode): Outputs {
    checkCount(count, this.batch);
    const { stages, singles } = this.#ready();
    this.#count = 0;
    const own = training && !this.settings.frozenBatchNorm;
    this.#beginPass(count, own);
    singles.prepare();
    const rate = training ? this.settings.dropout : 0;
    const mode = { count, ownStatistics: own, dropout: rate, random };
    for (const stage of own ? stages.training : stages.evaluation) {
      if (stage.kind === "steps") this.#run(stage.at);
      else if (stage.kind === "group")
        singles.forward(stage, { ...mode, batchNormDecay: this.settings.batchNormDecay });
    }
    this.#count = training ? count : 0;
    return singles.outputs(count);
  }

  backward(gradients: Outputs): void {
    const { stages, singles } = this.#ready();
    const count = this.#count;
    if (count === 0) throw nothingToGoBack();
    // What it reads of the pass is used up.
    this.#count = 0;
    singles.takeGradients(gradients, count);
    const pass = { count, ownStatistics: !this.settings.frozenBatchNorm };
    for (const stage of stages.backward) {
      if (stage.kind === "steps") this.#run(stage.at);
      else if (stage.kind === "sum") singles.add(stage.index, stage.into, count);
      else singles.backward(stage, pass);
    }
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
}
