/**
 * What neither a model's files nor the caller say is assumed, and every assumption is stated with the
 * option that says otherwise: how pictures become the network's input, and what classes are called.
 */
import { MobileNetError } from "../errors.ts";
import { type Fit, namedRanges, type Preprocess, type RangeName } from "../image/presets.ts";
import type { Assumption } from "../models/model.ts";
import { quote } from "../untrusted.ts";
import type { FileFacts } from "./file-facts.ts";
import type { MainFile } from "./format.ts";
import { findLabels } from "./labels.ts";
import { type ModelOptions, requireRead } from "./model-options.ts";
import type { ReadRequest } from "./request.ts";

/** The options that say how pictures are prepared, part by part. */
const parts = ["range", "crop", "grey"] as const;

/** How pictures become the input. */
export interface Prepared {
  readonly preprocess: Preprocess;
  readonly assumptions: readonly Assumption[];
  /** Where the range is said: by the files, the caller or a record. */
  readonly from: string | undefined;
}

/** What is known of a network's input. */
interface KnownInput {
  /** Rows and columns. */
  readonly resolution: readonly [rows: number, columns: number];
  readonly channels: number;
  /** What the files say bytes become. */
  readonly range?: FileFacts["range"];
  /** What bytes usually become for such files; −1 to 1 where absent. */
  readonly usualRange?: RangeName | undefined;
  /** How the files say pictures are fitted. */
  readonly statedFit?: FileFacts["fit"];
  /** What is usual for such models where nothing says how pictures are fitted. */
  readonly fit?: Fit;
}

/**
 * How pictures become the input where no whole preset is given.
 *
 * @throws MobileNetError `invalid-argument` where the caller says what the files say, or names no range.
 */
export function preparePictures(
  known: KnownInput,
  { name, options, published }: ReadRequest,
): Prepared {
  const { channels, range: stated, usualRange = "-1..1", fit = { kind: "stretch" } } = known;
  const [height, width] = known.resolution;
  if (stated !== undefined && options.range !== undefined) {
    requireRead({ range: options.range }, [], `${name}, whose range is said by ${stated.from}`);
  }
  const { statedFit } = known;
  if (statedFit !== undefined && options.crop !== undefined) {
    const settled = `${name}, whose fitting of pictures is said by ${statedFit.from}`;
    requireRead({ crop: options.crop }, [], settled);
  }
  const assumptions: Assumption[] = [];
  if (stated === undefined && options.range === undefined) {
    assumptions.push({ about: "range", assumed: usualRanges[usualRange], option: "range" });
  }
  if (options.crop === undefined && statedFit === undefined) {
    assumptions.push({ about: "fit", assumed: fitWords(fit, [width, height]), option: "crop" });
  }
  const edge = Math.max(width, height);
  const grey = channels === 1 ? 1 : options.grey === true ? 3 : undefined;
  const said = options.range === undefined ? undefined : "the caller";
  return {
    preprocess: {
      width,
      height,
      fit: options.crop === true ? { kind: "resize-then-crop", shortestEdge: edge } : fit,
      centers: "half-pixel",
      ...statedFit?.value,
      ...(stated?.value ?? rangeOf(options.range ?? usualRange)),
      ...(grey === undefined ? {} : { grey }),
    },
    assumptions,
    from: published === undefined ? (stated?.from ?? said) : "the hub's record",
  };
}

/**
 * Refuses options about parts of a preset that is given as a whole, because they would change nothing.
 *
 * @param from - Who gives it, in words.
 */
export function requireNoParts({ name, options }: ReadRequest, from: string): void {
  const given = Object.fromEntries(parts.map((part) => [part, options[part]])) as ModelOptions;
  requireRead(given, [], `${name}, whose preprocessing is said by ${from}`);
}

function fitWords(fit: Fit, [width, height]: readonly [width: number, height: number]): string {
  const size = `${width}×${height}`;
  if (fit.kind === "pad") return `larger pictures are shrunk to ${size}, smaller ones padded`;
  return `pictures are stretched to ${size}`;
}

/** What becomes of bytes, as an assumption says it. */
const usualRanges: Readonly<Record<RangeName, string>> = {
  "-1..1": "bytes become −1 to 1",
  "0..1": "bytes become 0 to 1",
  "0..255": "bytes stay as they are",
  imagenet: "bytes become deviations from ImageNet's means, as is usual with PyTorch",
};

function rangeOf(name: RangeName): Pick<Preprocess, "scale" | "offset"> {
  if (Object.hasOwn(namedRanges, name)) return namedRanges[name];
  throw new MobileNetError("invalid-argument", "there is no such range", {
    expected: Object.keys(namedRanges).join(", "),
    received: quote(name),
  });
}

/** What classes are called. */
export interface NamedClasses {
  readonly labels: readonly string[];
  readonly assumptions: readonly Assumption[];
  /** Where the names come from. */
  readonly from: string | undefined;
}

/** One name for each class: a record's, the caller's, the files', or numbers, which is an assumption. */
export function nameClasses(
  classes: number,
  {
    own,
    background: hasBackground = false,
    main,
    request,
  }: {
    /** The names in the main file itself. */
    readonly own?: FileFacts["labels"];
    /** Whether lists may begin with the background, which has no name here: a detector's. */
    readonly background?: boolean;
    readonly main: Pick<MainFile, "labels">;
    readonly request: ReadRequest;
  },
): NamedClasses {
  if (classes === 0) return { labels: [], assumptions: [], from: undefined };
  const { labels, background } = findLabels(main, request, {
    ...{ classes, own: own?.value },
    background: hasBackground,
  });
  const { options, published } = request;
  if (published !== undefined) return { labels, assumptions: [], from: "the hub's record" };
  const { labels: said } = options;
  const caller = said && ("path" in said ? said.path : "the caller");
  const from = caller ?? own?.from ?? main.labels?.path;
  const assume = (assumed: string): Assumption => ({ about: "labels", assumed, option: "labels" });
  const assumptions: readonly Assumption[] = [
    ...(from === undefined ? [assume("classes are numbered")] : []),
    ...(background === undefined
      ? []
      : [assume(`the first label, ${quote(background)}, is the background's`)]),
  ];
  return { labels, assumptions, from };
}
