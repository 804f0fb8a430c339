/** A verb for many pictures. */
import { expect, it } from "vitest";
import { MobileNetError } from "../errors.ts";
import { answerEach, type EachProgress } from "./each.ts";

const answer = async (input: string, { signal }: { signal?: AbortSignal | undefined } = {}) => {
  if (signal?.aborted) throw new MobileNetError("aborted", "aborted");
  if (input === "bad") throw new MobileNetError("invalid-image", "no picture");
  if (input === "gone") throw new MobileNetError("disposed", "gone");
  return input.toUpperCase();
};

it("answers in order; a picture that cannot be read has an error", async () => {
  const told: EachProgress[] = [];
  const missing = async (): Promise<string> => {
    throw new MobileNetError("not-found", "no such file");
  };
  const pictures = ["a", async () => "b", "bad", missing, () => "c"];
  const found: string[] = [];
  const onProgress = (progress: EachProgress): void => void told.push(progress);
  for await (const { index, result, error } of answerEach(answer, pictures, { onProgress })) {
    found.push(`${index} ${result ?? error.code}`);
  }
  expect(found).toEqual(["0 A", "1 B", "2 invalid-image", "3 not-found", "4 C"]);
  expect(told.at(-1)).toEqual({ done: 5, failed: 2 });
});

it("ends with what is no picture's fault", async () => {
  const outcomes = answerEach(answer, ["a", "gone", "b"], {});
  expect((await outcomes.next()).value).toEqual({ index: 0, result: "A" });
  await expect(outcomes.next()).rejects.toMatchObject({ code: "disposed" });
});
