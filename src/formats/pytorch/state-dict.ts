/**
 * From what torch.save was given to tensors by name: a state_dict, one among other things of a
 * checkpoint, or a whole module, whose objects hold its parts by name.
 */
import { MobileNetError } from "../../errors.ts";
import { quote } from "../../untrusted.ts";
import { invalidModel } from "../files.ts";
import { Inert } from "./pickle.ts";
import { TorchTensor } from "./storages.ts";

/** Tensors by their names, with what a whole module says besides. */
export interface StateDict {
  readonly tensors: ReadonlyMap<string, TorchTensor>;
  /** The parts of a module that has been saved whole, by their names; else nothing. */
  readonly modules: ReadonlyMap<string, Inert>;
  readonly notes: readonly string[];
}

/** Where checkpoints keep weights, the first that is there; those that were averaged come last. */
const wrappers: readonly string[] = [
  ...["state_dict", "model_state_dict", "model_state", "model", "net", "network", "weights"],
  ...["params", "module", "state_dict_ema", "model_ema", "ema_state_dict", "ema"],
];

/** Of dictionaries around a state_dict. */
const mostWrappers = 4;

/** Of modules within one another, and of parts in all. */
const [mostDepth, mostParts] = [32, 20_000];

/** Of entries that are looked at for parts: modules may share dictionaries, however large they are. */
const mostEntries = 1_000_000;

/**
 * The weights in a checkpoint.
 *
 * @throws MobileNetError `unsupported` where it holds none, `invalid-model` where it has too many parts.
 */
export function findStateDict(root: unknown, place: string): StateDict {
  const notes: string[] = [];
  let found = root;
  for (let depth = 0; depth < mostWrappers; depth++) {
    const wrapped = wrappedIn(found);
    if (wrapped === undefined) break;
    const [key, ...others] = wrapped;
    if (others.length > 0) notes.push(`of ${quote(wrapped)} in the file, ${quote(key)} is read`);
    found = (found as Map<unknown, unknown>).get(key);
  }
  const collected = collect(found, place);
  if (collected.tensors.size > 0) return { ...collected, notes };
  throw new MobileNetError("unsupported", "the file holds no weights by name", {
    node: place,
    expected: "a state_dict, alone or as state_dict or model in a checkpoint",
    received: describe(root),
    remedy: 'Save them in Python: torch.save(model.state_dict(), "weights.pth").',
  });
}

/** The keys under which a dictionary may hold weights. */
function wrappedIn(value: unknown): readonly string[] | undefined {
  if (!(value instanceof Map)) return undefined;
  const keys = wrappers.filter((key) => holdsWeights(value.get(key)));
  return keys.length === 0 ? undefined : keys;
}

function holdsWeights(value: unknown): boolean {
  return value instanceof Inert || (value instanceof Map && value.size > 0);
}

function collect(root: unknown, place: string): Omit<StateDict, "notes"> {
  const tensors = new Map<string, TorchTensor>();
  const modules = new Map<string, Inert>();
  const tooMany = (expected: string): MobileNetError =>
    invalidModel(place, "the modules of the file have too many parts", expected, "more");
  let parts = 0;
  let entries = 0;
  const look: Look = (among) => {
    entries += "size" in among ? among.size : among.length;
    if (entries > mostEntries) throw tooMany(`at most ${mostEntries} entries of dictionaries`);
    return among;
  };
  const visit = (value: unknown, name: string, depth: number): void => {
    parts += 1;
    if (depth > mostDepth || parts > mostParts) {
      throw tooMany(`at most ${mostParts}, ${mostDepth} within one another`);
    }
    if (value instanceof TorchTensor) tensors.set(name, value);
    else if (value instanceof Inert && value.state instanceof Map) {
      modules.set(name, value);
      for (const [key, part] of partsOf(value.state, look)) visit(part, join(name, key), depth + 1);
    } else if (value instanceof Map && (depth === 0 || holdsTensors(look(value)))) {
      for (const [key, part] of value) visit(part, join(name, key), depth + 1);
    }
  };
  visit(root, "", 0);
  return { tensors, modules };
}

/** Counts the entries of a dictionary or a list before they are gone through. */
type Look = <T extends ReadonlyMap<unknown, unknown> | readonly unknown[]>(among: T) => T;

/** A state_dict within a state_dict; other dictionaries are settings. */
function holdsTensors(value: ReadonlyMap<unknown, unknown>): boolean {
  return [...value.values()].some((part) => part instanceof TorchTensor);
}

/** A module's parameters, buffers and modules; those of a compiled one are its attributes. */
function partsOf(
  state: ReadonlyMap<unknown, unknown>,
  look: Look,
): readonly (readonly [unknown, unknown])[] {
  if (!state.has("_modules")) return [...look(state)].filter(([, part]) => isPart(part));
  const unsaved = state.get("_non_persistent_buffers_set");
  const left: ReadonlySet<unknown> = new Set(Array.isArray(unsaved) ? look(unsaved) : []);
  return ["_parameters", "_buffers", "_modules"].flatMap((kind) => {
    const held = state.get(kind);
    return held instanceof Map ? [...look(held)].filter(([name]) => !left.has(name)) : [];
  });
}

function isPart(value: unknown): boolean {
  return value instanceof TorchTensor || value instanceof Inert;
}

function join(name: string, key: unknown): string {
  const own = typeof key === "string" ? key : quote(key);
  return name === "" ? own : `${name}.${own}`;
}

function describe(root: unknown): string {
  if (root instanceof Map) return `a dictionary of ${quote([...root.keys()])}`;
  if (root instanceof Inert) return `an object of ${quote(root.type.path)}`;
  return quote(root);
}
