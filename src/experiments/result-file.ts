/**
 * Result files as text: written with a version, and looked at field by field when they are read, since
 * they may come from strangers and what stands in them goes into documents.
 */
import {
  anyObject,
  checkFields,
  having,
  type Kind,
  needed,
  numberFrom,
  oneOf,
  truthValue,
  wholeFrom,
} from "../check-fields.ts";
import { MobileNetError } from "../errors.ts";
import { formatJson } from "../format-json.ts";
import { quote } from "../untrusted.ts";
import type { AnyExperiment, ExperimentResult, Machine } from "./experiment.ts";

/** The most bytes that a result file may have. */
export const mostResultBytes = 16_000_000;

/** The most parts. */
const mostParts = 10_000;

/** Words without marks that mean something in Markdown or markup. */
function words(expected: string, pattern: RegExp): Kind {
  return {
    expected,
    fits: (value) => typeof value === "string" && value.length <= 120 && pattern.test(value),
  };
}

const machineWords = words("letters, digits and harmless marks", /^[\p{L}\p{N} @().,/+-]+$/u);

const machineKinds: { readonly [Name in keyof Machine]: Kind } = {
  processor: needed(machineWords),
  cores: needed(wholeFrom(1, 100_000)),
  node: needed(machineWords),
  system: needed(machineWords),
};

const versionKind = words("a version", /^(?:\d+\.\d+\.\d+[\w.+-]*|unknown)$/);

const machineKind = having(machineKinds, "a machine's processor, cores, node and system");

const resultKinds: Readonly<Record<string, Kind>> = {
  schemaVersion: needed({ expected: "1", fits: (value) => value === 1 }),
  version: needed(versionKind),
  quick: needed(truthValue),
  seed: needed(wholeFrom(0)),
  machine: needed(machineKind),
  date: needed(words("a day", /^\d{4}-\d\d-\d\d$/)),
  parts: needed({
    expected: `at most ${mostParts} parts`,
    fits: (value) =>
      Array.isArray(value) && value.length <= mostParts && value.every(anyObject.fits),
  }),
};

const partKinds: Readonly<Record<string, Kind>> = {
  name: needed(words("a part's name", /^[a-z0-9][a-z0-9/.,_-]*$/)),
  milliseconds: needed(numberFrom(0)),
  machine: machineKind,
  version: versionKind,
  revision: wholeFrom(1, 100_000),
};

/** A text as a machine's part may be called. */
export function plainWords(text: string): string {
  const plain = text
    .replace(/[^\p{L}\p{N} @().,/+-]+/gu, " ")
    .replace(/\s+/g, " ")
    .trim();
  return plain.slice(0, 120).trim() || "unknown";
}

/** The text of a result's file. */
export function formatResult(result: ExperimentResult): string {
  return formatJson(result);
}

/**
 * A result from a file's text.
 *
 * @param file - Its name, for messages.
 * @throws MobileNetError `invalid-data` where it is no result of this experiment.
 */
export function parseResult(
  text: string,
  experiment: AnyExperiment,
  file: string,
): ExperimentResult {
  const { name, kinds } = experiment;
  const damaged = (facts: Facts): MobileNetError =>
    new MobileNetError("invalid-data", `no result of the experiment ${name}`, {
      ...{ node: file, ...facts },
      remedy: `Remove the file, or run ${name} anew: mobilenetv2 experiment ${name} --again.`,
    });
  const check = (given: object, of: Readonly<Record<string, Kind>>): void => {
    try {
      checkFields(given, of, file);
    } catch (error) {
      if (!(error instanceof MobileNetError)) throw error;
      const { expected, received, message: cause } = error;
      throw damaged({ expected, received, cause });
    }
  };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw damaged({ expected: "JSON", received: quote(text.slice(0, 40)), cause });
  }
  if (typeof json !== "object" || json === null) {
    throw damaged({ expected: "an object", received: quote(json) });
  }
  check(json, {
    ...resultKinds,
    experiment: needed(oneOf(name)),
    settings: needed(kinds.settings),
  });
  for (const part of (json as ExperimentResult).parts) {
    check(part, { ...partKinds, value: needed(kinds.value) });
  }
  return json as ExperimentResult;
}

/** What an error says of a file. */
interface Facts {
  readonly expected?: string | undefined;
  readonly received?: string | undefined;
  readonly cause?: unknown;
}
