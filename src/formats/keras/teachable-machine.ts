/**
 * What Teachable Machine writes beside its image models: `metadata.json` with the names of the classes
 * and the library that is to prepare pictures. That library cuts out the square in the middle, at the
 * input's size, and makes −1 to 1 of the bytes.
 */
import { MobileNetError } from "../../errors.ts";
import { ranges } from "../../image/presets.ts";
import { quote } from "../../untrusted.ts";
import type { FileFacts } from "../file-facts.ts";
import { invalidModel, isRecord, parseJson } from "../files.ts";
import type { MainFile } from "../format.ts";
import { ByteBudget } from "../reading.ts";
import type { ReadRequest } from "../request.ts";
import type { KerasInput } from "./input.ts";

const fileName = "metadata.json";

/** It holds the labels and a dozen words. */
const mostBytes = 4 * 2 ** 20;

/** The library whose preprocessing its models are for. */
const imageLibrary = "@teachablemachine/image";

/** What the file says of a model, once its input is known. */
type MachineFacts = (input: KerasInput) => Partial<FileFacts>;

/** What `metadata.json` beside a model says; nothing where there is none. */
export async function readTeachableMachine(
  topology: unknown,
  { read, beside }: Pick<MainFile, "read" | "beside">,
  { signal }: ReadRequest,
): Promise<MachineFacts | undefined> {
  const budget = new ByteBudget(mostBytes);
  const found = await beside([fileName], budget, signal);
  if (found !== undefined) return parse(found.bytes, found.path);
  if (!isMachineMade(topology)) return undefined;
  // A server is asked for it only where the model looks as if it had one.
  const bytes = await read(fileName, budget, signal).catch((error: unknown) => {
    const missing = error instanceof MobileNetError && error.code !== "aborted";
    if (missing) return undefined;
    throw error;
  });
  return bytes === undefined ? undefined : parse(bytes, fileName);
}

/** Its models are two models in one, and the layers of the second are called in a way of its own. */
function isMachineMade(topology: unknown): boolean {
  const layersOf = (model: unknown): readonly unknown[] => {
    const { config } = isRecord(model) ? model : {};
    const layers = isRecord(config) ? config["layers"] : config;
    return Array.isArray(layers) ? layers : [];
  };
  const whole =
    isRecord(topology) && isRecord(topology["model_config"]) ? topology["model_config"] : topology;
  return layersOf(whole)
    .flatMap(layersOf)
    .some((layer) => {
      const { config } = isRecord(layer) ? layer : {};
      const name = isRecord(config) ? config["name"] : undefined;
      return typeof name === "string" && /^dense_Dense\d{1,6}$/.test(name);
    });
}

function parse(bytes: Uint8Array, path: string): MachineFacts {
  const json = parseJson(bytes, path);
  const { labels, packageName, imageSize } = isRecord(json) ? json : {};
  if (labels !== undefined && !isTexts(labels)) {
    throw invalidModel(path, "the labels are no list of texts", "a list of texts", quote(labels));
  }
  const named = labels === undefined ? {} : { labels: { value: labels, from: path } };
  if (packageName !== imageLibrary) return () => named;
  return ({ dims: [height, width, channels] }) => {
    if (imageSize !== undefined && (imageSize !== width || height !== width)) {
      const expected = `${width}, as ${width}×${height} is the model's input`;
      throw invalidModel(path, "the size of pictures does not fit", expected, quote(imageSize));
    }
    const from = `${path}, which names ${imageLibrary}`;
    const preprocess = {
      width,
      height,
      fit: { kind: "resize-then-crop", shortestEdge: Math.max(width, height) },
      centers: "half-pixel",
      ...ranges.signed,
      ...(channels === 1 ? ({ grey: 1 } as const) : {}),
    } as const;
    return {
      ...named,
      range: { value: ranges.signed, from },
      preprocess: { value: preprocess, from },
    };
  };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
