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

it("takes what a picture's function throws for the picture's error", async () => {
  const thrown = new TypeError("Failed to fetch");
  const failing = (): string => {
    throw thrown;
  };
  const late = async (): Promise<string> => Promise.reject(thrown);
  const outcomes = [];
  for await (const outcome of answerEach(answer, [failing, late, "a"], {})) outcomes.push(outcome);
  const error = { name: "MobileNetError", code: "io", cause: thrown };
  expect(outcomes).toMatchObject([{ error }, { error }, { result: "A" }]);
});

it("refuses what cannot be told of progress", async () => {
  const outcomes = answerEach(answer, ["a"], { onProgress: 5 as never });
  await expect(outcomes.next()).rejects.toMatchObject({ code: "invalid-argument" });
});

it("ends with what is no picture's fault", async () => {
  const outcomes = answerEach(answer, ["a", "gone", "b"], {});
  expect((await outcomes.next()).value).toEqual({ index: 0, result: "A" });
  await expect(outcomes.next()).rejects.toMatchObject({ code: "disposed" });
});

const results = async (pictures: Parameters<typeof answerEach<string, object, string>>[1]) => {
  const found: string[] = [];
  for await (const { result, error } of answerEach(answer, pictures, {})) {
    found.push(result ?? `${error?.code}`);
  }
  return found;
};

it("takes promises, one that fails too, and what comes later", async () => {
  const failing = Promise.reject(new Error("no"));
  failing.catch(() => undefined);
  expect(await results([Promise.resolve("a"), failing, () => Promise.resolve("b")])).toEqual([
    ...["A", "io", "B"],
  ]);
  async function* later() {
    yield "c";
    yield () => "d";
  }
  expect(await results(later())).toEqual(["C", "D"]);
  expect(await results(new Set(["e"]))).toEqual(["E"]);
});

const never = new Promise<string>(() => undefined);

it.each([
  ["a promise", never],
  ["a function's promise", () => never],
])("does not wait for %s where its signal fires or the caller stops", async (_, pending) => {
  const controller = new AbortController();
  const { signal } = controller;
  const stopped = answerEach(answer, [pending], { signal }).next();
  setImmediate(() => controller.abort());
  await expect(stopped).rejects.toMatchObject({ code: "aborted" });
  const found: unknown[] = [];
  for await (const { result } of answerEach(answer, ["a", pending, pending], {})) {
    found.push(result);
    break;
  }
  expect(found).toEqual(["A"]);
});

it("does not wait for the opening of a named picture either", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const stopped = answerEach(answer, ["a.jpg"], { signal, open: () => never }).next();
  setImmediate(() => controller.abort());
  await expect(stopped).rejects.toMatchObject({ code: "aborted" });
});

it("leaves no rejection unhandled of a picture that fails after the end", async () => {
  const unhandled: unknown[] = [];
  const tell = (reason: unknown): void => void unhandled.push(reason);
  process.on("unhandledRejection", tell);
  let fail = (_: Error): void => undefined;
  const late = new Promise<string>((_, reject) => {
    fail = reject;
  });
  for await (const { index } of answerEach(answer, ["a", late, () => late], {})) {
    expect(index).toBe(0);
    await new Promise((resolve) => setImmediate(resolve));
    break;
  }
  fail(new Error("too late"));
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
  process.off("unhandledRejection", tell);
  expect(unhandled).toEqual([]);
});

it("takes a single picture for a list of one, whose bytes are no pictures", async () => {
  const given: unknown[] = [];
  const look = async (input: unknown) => {
    given.push(input);
    return 1;
  };
  const singles = [
    new Uint8Array(3),
    new ArrayBuffer(3),
    new Blob(["x"]),
    { width: 1, height: 1, data: new Uint8Array(3) },
  ];
  for (const single of singles) {
    for await (const { result } of answerEach(look, single, {})) expect(result).toBe(1);
  }
  expect(given).toEqual(singles);
});

it("opens what is named", async () => {
  const opened: string[] = [];
  const open = async (name: string): Promise<string> => {
    opened.push(name);
    if (name === "missing.jpg") throw new MobileNetError("not-found", "no such file");
    return name;
  };
  const codes: unknown[] = [];
  const names = ["a.jpg", "missing.jpg", Promise.resolve("b.jpg"), () => "c.jpg"];
  for await (const { result, error } of answerEach(answer, names, { open })) {
    codes.push(result ?? error.code);
  }
  expect(opened.sort()).toEqual(["a.jpg", "b.jpg", "c.jpg", "missing.jpg"]);
  expect(codes).toEqual(["A.JPG", "not-found", "B.JPG", "C.JPG"]);
  for await (const { result } of answerEach(answer, "a.jpg", { open }))
    expect(result).toBe("A.JPG");
});
