/**
 * An architecture as files hold it: JSON, checked field by field and by the builder itself. What a file
 * says of a graph that it holds, too, is believed only where the graph is that network.
 */
import {
  anyObject,
  type Kind,
  type Kinds,
  needed,
  numberFrom,
  oneOf,
  truthValue,
  wholeFrom,
} from "../check-fields.ts";
import { MobileNetError } from "../errors.ts";
import type { Architecture } from "../graph/architecture.ts";
import type { Network } from "../graph/ir.ts";
import { isEdge } from "../image/image.ts";
import { buildNetwork, type NetworkName } from "../models/networks.ts";
import { quote } from "../untrusted.ts";
import { invalidModel, isRecord } from "./files.ts";

/** A short list whose items are of a kind; how many there have to be, the builder knows. */
function shortList(item: Kind, expected: string): Kind {
  const fits = (value: unknown): boolean =>
    Array.isArray(value) && value.length <= 16 && value.every(item.fits);
  return needed({ expected, fits });
}

/** A number of channels or classes. */
const count = wholeFrom(1, 65_536);

const resolution: Kind = needed({
  expected: "rows and columns of up to 4096",
  fits: (value) =>
    Array.isArray(value) &&
    value.length === 2 &&
    value.every((edge) => isEdge(edge) && edge <= 4096),
});

/** What all networks have. */
const common = {
  width: needed(numberFrom(0.01, 16)),
  resolution,
  classes: needed(count),
  padding: needed(oneOf("same", "symmetric")),
  epsilon: needed(numberFrom(0, 1)),
} as const;

/** What those on MobileNetV2's blocks have. */
const onBlocks = {
  ...common,
  strides: shortList(wholeFrom(1, 2), "strides of 1 or 2"),
  // The builder checks what is in it.
  block: anyObject,
} as const;

const outputStride: Kind = needed({
  expected: "8, 16 or 32",
  fits: (value) => value === 8 || value === 16 || value === 32,
});

type ArchitectureOf<Name extends NetworkName> = Extract<Architecture, { readonly network: Name }>;

/** Each network's task and the kinds of its arguments. */
const rows: {
  readonly [Name in NetworkName]: {
    readonly task: ArchitectureOf<Name>["task"];
    readonly fields: Kinds<Omit<ArchitectureOf<Name>, "network" | "task">>;
  };
} = {
  "mobilenet-v2": {
    task: "classify",
    fields: {
      ...{ ...onBlocks, outputStride },
      hidden: shortList(count, "a few numbers of channels"),
      scores: oneOf("sigmoid"),
    },
  },
  "mobilenet-v1": { task: "classify", fields: common },
  "bottleneck-resnet": { task: "classify", fields: common },
  ssdlite: {
    task: "detect",
    fields: {
      ...onBlocks,
      predictors: needed(oneOf("separable", "full")),
      scores: oneOf("softmax"),
    },
  },
  deeplabv3: { task: "segment", fields: { ...onBlocks, outputStride, aspp: needed(truthValue) } },
};

/**
 * The network that a file describes, without weights; its `architecture` is what was read.
 *
 * @param node - The part of the file, for the message.
 * @throws MobileNetError `invalid-model` where there is no such network, an argument is missing or out of
 *   range, or there is one that this version does not know and so would build something else without.
 */
export function readNetwork(value: unknown, node: string): Network {
  const bad = (expected: string, received: unknown): MobileNetError =>
    invalidModel(node, "bad architecture", expected, quote(received));
  if (!isRecord(value)) throw bad("the arguments of a network", value);
  const { network: name, task, ...given } = value;
  if (typeof name !== "string" || !Object.hasOwn(rows, name)) {
    throw bad(`a network of ${Object.keys(rows).join(", ")}`, name);
  }
  const row = rows[name as NetworkName];
  if (task !== row.task) throw bad(`the task ${row.task} of ${name}`, task);
  const fields: Readonly<Record<string, Kind>> = row.fields;
  const unknown = Object.keys(given).find((field) => !Object.hasOwn(fields, field));
  if (unknown !== undefined) {
    throw bad(`no arguments of ${name} but ${Object.keys(fields).join(", ")}`, unknown);
  }
  for (const [field, { expected, fits, needed: isNeeded }] of Object.entries(fields)) {
    const absent = given[field] === undefined && isNeeded !== true;
    if (!absent && !fits(given[field])) throw bad(`${expected} as ${field}`, given[field]);
  }
  try {
    return buildNetwork(value as unknown as Architecture);
  } catch (cause) {
    if (!(cause instanceof MobileNetError)) throw cause;
    throw new MobileNetError("invalid-model", `bad architecture: ${cause.message}`, {
      node,
      cause,
    });
  }
}
