/** What Hugging Face's files beside weights say, by whose they are. */
import { isRecord, parseJson } from "../files.ts";
import type { MainFile } from "../format.ts";
import { ByteBudget } from "../reading.ts";
import type { WeightFacts } from "../weight-facts.ts";
import { ConfigFields } from "./fields.ts";
import { timmFacts } from "./timm.ts";
import { preprocessorFacts, transformersFacts } from "./transformers.ts";

/** Pillow's number of it. */
const bilinear = 2;

/** A thousand classes with descriptions take some hundred kilobytes. */
const mostConfigBytes = 4 * 2 ** 20;

/**
 * The facts of `config.json` and `preprocessor_config.json` beside a main file; none where these are
 * not there.
 *
 * @throws MobileNetError `unsupported` or `invalid-model` naming file and field.
 */
export async function readHuggingFaceFacts(
  main: Pick<MainFile, "readIfThere">,
  signal: AbortSignal | undefined,
): Promise<WeightFacts> {
  const read = async (path: string): Promise<ConfigFields | undefined> => {
    const bytes = await main.readIfThere(path, new ByteBudget(mostConfigBytes), signal);
    if (bytes === undefined) return undefined;
    const json = parseJson(bytes, path);
    return new ConfigFields(path, isRecord(json) ? json : {});
  };
  const config = await read("config.json");
  const facts = config === undefined ? {} : configFacts(config);
  const preprocessor = await read("preprocessor_config.json");
  if (preprocessor === undefined) return facts;
  const preprocess = preprocessorFacts(preprocessor, "preprocessor_config.json");
  const resample = preprocessor.raw("resample") ?? bilinear;
  const other = `${preprocess.from} has pictures resized by another interpolation; here it is bilinear`;
  return {
    ...facts,
    preprocess,
    notes: [...(facts.notes ?? []), ...(resample === bilinear ? [] : [other])],
  };
}

function configFacts(config: ConfigFields): WeightFacts {
  const from = "config.json";
  if (config.raw("model_type") !== undefined) return transformersFacts(config, from);
  if (config.raw("architecture") !== undefined) return timmFacts(config, from);
  return { notes: [`${from} beside the weights is of no kind that is known, and was not read`] };
}
