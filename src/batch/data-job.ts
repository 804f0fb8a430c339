/**
 * Work on labelled pictures that lie on every machine: what all such jobs say. A job is written once as
 * `job.json`, under a name that is the hash of all it says.
 */
import { anyObject, type Kinds, needed, oneOf, plainText } from "../check-fields.ts";
import { type BatchModel, modelKind } from "./job.ts";
import { type Named, type NamedContents, readNamed } from "./named-file.ts";

/** What every such job says. */
export interface DataJobBody {
  readonly format: 1;
  /** What decides how pictures become results, by name: the library, the decoder, the engine. */
  readonly versions: Readonly<Record<string, string>>;
  readonly backend: "wasm" | "reference";
  /** The absolute path of folder or list, the same on every machine; or the name of a published data set. */
  readonly data: string;
  /** The absolute path of a file that says which of the folder's pictures. */
  readonly list?: string;
  /** What is done about pictures that cannot be read. */
  readonly damaged: "skip" | "stop";
  /** Absent from scratch. */
  readonly model?: BatchModel;
}

/** The kinds of what every job says. */
export const dataJobKinds: Kinds<DataJobBody> = {
  format: needed({ expected: "1", fits: (value) => value === 1 }),
  versions: needed(anyObject),
  backend: needed(oneOf("wasm", "reference")),
  data: needed(plainText),
  list: plainText,
  damaged: needed(oneOf("skip", "stop")),
  model: modelKind,
};

/**
 * A job from its file.
 *
 * @param place - Where the file lies, for messages.
 * @throws MobileNetError `invalid-data` where it is none, or not the one that its name says.
 */
export function readDataJob<Body extends DataJobBody = DataJobBody>(
  bytes: Uint8Array,
  place: string,
  kinds: NamedContents["kinds"] = dataJobKinds,
): Named<Body> {
  return readNamed<Body>(bytes, place, {
    kinds,
    summary: "this is no job of training or evaluation",
    expected: "job.json as mobilenetv2 wrote it for --queue",
  });
}
