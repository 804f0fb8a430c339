/** The models that are served, by name: what requests may ask of them, and what is told of them. */
import { MobileNetError } from "../errors.ts";
import { assumed } from "../json/items.ts";
import type { ServedModel } from "../json/serve.ts";
import type { Assumption } from "../models/model.ts";
import { didYouMean } from "../suggest.ts";
import type { RemoteParts } from "../tasks/off-thread/messages.ts";
import { takesTask, taskNames, type Verb } from "../tasks/task-names.ts";
import type { VerbTypes } from "../tasks/tasks.ts";
import { quote } from "../untrusted.ts";
import { laneName, type PooledModel } from "./lane.ts";

/** The verbs. */
export const verbs: readonly Verb[] = Object.keys(taskNames) as Verb[];

/** What can be asked of a model. */
export function verbsOf({ task }: PooledModel["model"]): readonly Verb[] {
  return verbs.filter((verb) => takesTask(verb, task));
}

/** A verb's facts of a model. */
export type ModelFacts<V extends Verb> = VerbTypes[V]["facts"] & {
  readonly assumptions: readonly Assumption[];
};

/** The models by name. */
export class Catalogue {
  readonly #models: readonly PooledModel[];
  readonly #parts: ReadonlyMap<string, RemoteParts>;

  constructor(models: readonly PooledModel[], parts: ReadonlyMap<string, RemoteParts>) {
    this.#models = models;
    this.#parts = parts;
  }

  /**
   * The model of a request: the one that it names, else the first that can do what is asked.
   *
   * @throws MobileNetError `not-found` for a name that is not served, `invalid-argument` for a model of
   *   another task, and where no model can do it.
   */
  find(verb: Verb, name: string | undefined): PooledModel {
    const able = this.#models.filter((model) => model.verbs.includes(verb));
    if (name === undefined) return able[0] ?? this.#refuse(verb);
    const found = this.#models.find((model) => model.name === name);
    if (found === undefined) {
      const names = this.#models.map((model) => model.name);
      throw new MobileNetError("not-found", `no model ${quote(name)} is served`, {
        remedy: didYouMean(name, names, `There are ${names.join(", ")}.`),
      });
    }
    return found.verbs.includes(verb) ? found : this.#refuse(verb, found);
  }

  #refuse(verb: Verb, found?: PooledModel): never {
    const able = this.#models.filter((model) => model.verbs.includes(verb));
    const summary =
      found === undefined ? `no model that can ${verb} is served` : `${found.name} cannot ${verb}`;
    const remedy = able.length === 0 ? {} : { remedy: `Name ${listed(able)}.` };
    throw new MobileNetError("invalid-argument", summary, remedy);
  }

  /** What a model says of itself for a verb. */
  facts<V extends Verb>(verb: V, { name }: PooledModel): ModelFacts<V> {
    const { values } = this.#parts.get(laneName(verb, name))!;
    return values as unknown as ModelFacts<V>;
  }

  /** What is told of all. */
  list(): readonly ServedModel[] {
    return this.#models.map((model) => {
      const { name, model: read, verbs: own } = model;
      const { width, height } = read.preprocess;
      const { multiLabel, scoreThreshold, assumptions } = this.facts(read.task, model) as Partial<
        ModelFacts<"classify"> & ModelFacts<"detect">
      >;
      return {
        ...{ schemaVersion: 1, name, task: read.task, verbs: own },
        defaultFor: own.filter((verb) => this.find(verb, undefined) === model),
        ...{ labels: read.labels, input: { width, height } },
        ...(multiLabel !== undefined && { multiLabel }),
        ...(scoreThreshold !== undefined && { scoreThreshold }),
        dimensions: this.facts("embed", model).dimensions,
        ...assumed(assumptions),
      };
    });
  }
}

function listed(models: readonly PooledModel[]): string {
  return models.map(({ name }) => name).join(" or ");
}
