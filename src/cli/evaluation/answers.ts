/**
 * What a model answers about pictures, carried from the machine that asked it to the one that judges: no
 * more than evaluators read, and that exactly.
 */
import { deflateRawSync, inflateRawSync } from "node:zlib";
import {
  anyObject,
  anything,
  checkFields,
  needed,
  numberFrom,
  plainText,
} from "../../check-fields.ts";
import { type ErrorJson, MobileNetError } from "../../errors.ts";
import type { Detection } from "../../tasks/detector.ts";
import { quote } from "../../untrusted.ts";

/** What was found out about a picture. */
export interface PictureAnswer {
  readonly name: string;
  /** The mark of its file; 0 where it is none. */
  readonly mark: number;
  /** Of the model alone. */
  readonly milliseconds: number;
  /** What the model answered. */
  readonly answer?: unknown;
  /** Why there is no answer: the picture, or the model with it. */
  readonly unread?: ErrorJson;
  readonly failed?: ErrorJson;
}

const kinds = {
  name: needed(plainText),
  mark: needed(numberFrom(0)),
  milliseconds: needed(numberFrom(0)),
  answer: anything,
  unread: anyObject,
  failed: anyObject,
};

type Ranking = readonly { readonly index: number; readonly score: number }[];

/** The most pixels of a mask that comes back. */
const mostPixels = 2 ** 28;

/** An answer as JSON has it, and back. */
interface Carried<Answer> {
  write(answer: Answer): unknown;
  read(json: unknown): Answer;
}

interface Mask {
  readonly width: number;
  readonly height: number;
  readonly classMap: Uint8Array;
}

/** How each verb's answers are carried. */
export const carried: {
  readonly classify: Carried<Ranking>;
  readonly detect: Carried<{
    readonly detections: readonly Pick<Detection, "index" | "score" | "box">[];
  }>;
  readonly segment: Carried<Mask>;
} = {
  classify: {
    write: (ranking) => ranking.map(({ index, score }) => [index, score]),
    read: (json) => rowsOf(json, 2).map(([index = 0, score = 0]) => ({ index, score })),
  },
  detect: {
    write: ({ detections }) =>
      detections.map(({ index, score, box: { x, y, width, height } }) => {
        return [index, score, x, y, width, height];
      }),
    read: (json) => {
      const rows = rowsOf(json, 6);
      const detections = rows.map(([index = 0, score = 0, x = 0, y = 0, width = 0, height = 0]) => {
        return { index, score, box: { x, y, width, height } };
      });
      return { detections };
    },
  },
  segment: {
    write: ({ width, height, classMap }) => [
      ...[width, height],
      deflateRawSync(classMap).toString("base64"),
    ],
    read(json) {
      const [width, height, text] = Array.isArray(json) ? (json as unknown[]) : [];
      const isMask = typeof width === "number" && typeof height === "number";
      if (!isMask || typeof text !== "string" || width * height > mostPixels) throw damaged(json);
      const maxOutputLength = Math.max(1, width * height);
      const classMap = inflateRawSync(Buffer.from(text, "base64"), { maxOutputLength });
      if (classMap.length !== width * height) throw damaged(json);
      return { width, height, classMap };
    },
  },
};

function rowsOf(json: unknown, length: number): readonly (readonly number[])[] {
  const isRow = (row: unknown): row is readonly number[] =>
    Array.isArray(row) && row.length === length && row.every((value) => typeof value === "number");
  if (Array.isArray(json) && json.every(isRow)) return json;
  throw damaged(json);
}

function damaged(received: unknown): MobileNetError {
  return new MobileNetError("invalid-data", "answers about pictures are damaged", {
    received: quote(received),
  });
}

/**
 * A unit's answers from their file.
 *
 * @throws MobileNetError `invalid-data`, `invalid-argument` for anything else.
 */
export function readAnswers(bytes: Uint8Array): readonly PictureAnswer[] {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new MobileNetError("invalid-data", "answers about pictures are damaged", { cause });
  }
  if (!Array.isArray(json)) throw damaged(json);
  for (const answer of json) checkFields(answer, kinds, "an answer");
  return json as PictureAnswer[];
}

/** An error that crossed between machines; its message stands already composed. */
export function crossedError({ code = "internal", message }: ErrorJson): MobileNetError {
  return new MobileNetError(code, message);
}
