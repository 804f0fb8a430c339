/**
 * What every backend promises of `infer`: the values of a walk by hand, calls in order, inputs that
 * are the caller's to change, and answers that name what went wrong.
 */
import { describe, expect, it } from "vitest";
import type { Backend, Executable } from "../../src/backends/backend.ts";
import { createOnnxruntimeBackend } from "../../src/backends/onnxruntime/onnxruntime.ts";
import { queuedExecutable } from "../../src/backends/queued.ts";
import { realValues } from "../../src/backends/real-values.ts";
import { inferOnce } from "../../src/backends/synchronous.ts";
import { measureGraph } from "../../src/cli/benchmark-run.ts";
import { compile } from "../../src/compile/compile.ts";
import { readTflite } from "../../src/formats/tflite/tflite.ts";
import { withBatch } from "../../src/graph/rewrite.ts";
import { loadClassifier } from "../../src/index.ts";
import { classifier, picture } from "../off-thread/models.ts";
import { standIn } from "../onnxruntime/stand-in.ts";
import { scramble, tinyModel } from "../tflite/tiny-model.ts";
import { backends, runOn } from "./backends.ts";
import { guestBackend } from "./guest-backend.ts";
import { Sketch } from "./sketch.ts";

/** Output 0 is `relu6(x) + x`, output 1 is `relu6(x)`. */
function graph(images = 1) {
  const sketch = new Sketch(1);
  const x = sketch.input([1, 1, 2, 1]);
  const clipped = sketch.activation(x, "relu6");
  return withBatch(sketch.graph([sketch.add(clipped, x), clipped]), images);
}

const prepare = (backend: Backend, images = 1): Promise<Executable> =>
  backend.prepare(compile(graph(images), backend.target));

const onnxruntime = createOnnxruntimeBackend({ runtime: standIn() });

describe.each([...backends, onnxruntime, guestBackend])("$name", (backend) => {
  it("answers calls in order, each with its own values, types and shapes", async () => {
    const executable = await prepare(backend);
    const answers = [1, 2, 3, 4].map((value) =>
      value % 2 === 0
        ? executable.infer([Float32Array.of(value, 7)])
        : executable.infer((into) => into.input().set([value, 7])),
    );
    for (const [i, answer] of answers.entries()) {
      const [sum, clipped] = await answer;
      expect(sum).toMatchObject({ dtype: "float32", shape: [1, 1, 2, 1] });
      expect([...sum!.data]).toEqual([2 * (i + 1), 13]);
      expect([...clipped!.data]).toEqual([i + 1, 6]);
    }
    executable.dispose();
  });

  it("copies arrays that wait: they are the caller's again once the call is made", async () => {
    const executable = await prepare(backend);
    const values = new Float32Array(2);
    const answers = [1, 2, 3].map((value) => {
      values.fill(value);
      return executable.infer([values]);
    });
    values.fill(99);
    const results = await Promise.all(answers);
    expect(results.map(([, clipped]) => clipped!.data[0])).toEqual([1, 2, 3]);
    executable.dispose();
  });

  it("takes the images of a batch", async () => {
    const executable = await prepare(backend, 3);
    const [, clipped] = await executable.infer([Float32Array.of(1, 2, 3, 4, 5, 6)]);
    expect(clipped).toMatchObject({ shape: [3, 1, 2, 1] });
    expect([...clipped!.data]).toEqual([1, 2, 3, 4, 5, 6]);
    executable.dispose();
  });

  it("takes real values and bytes of an 8-bit network, and gives both", async () => {
    for (const dtype of ["uint8", "int8"] as const) {
      const model = readTflite(tinyModel(dtype));
      const executable = await backend.prepare(compile(model, backend.target));
      const { quantization } = model.nodes[0]!;
      const bytes = (dtype === "uint8" ? Uint8Array : Int8Array).from(scramble(75, 3));
      const [fromBytes] = await executable.infer([bytes]);
      const data = { dtype, shape: [75], data: bytes, quantization } as Parameters<
        typeof realValues
      >[0];
      const [fromReal] = await executable.infer([realValues(data)]);
      expect(fromReal).toEqual(fromBytes);
      expect(fromBytes!.dtype).toBe(dtype);
      const [expected] = await runOn(backends[0]!, model, [realValues(data)]);
      expect(realValues(fromBytes!)).toEqual(expected);
      executable.dispose();
    }
  });

  it("takes a call out of the queue where its signal fires", async () => {
    const executable = await prepare(backend);
    const controller = new AbortController();
    const first = executable.infer([Float32Array.of(1, 1)]);
    const second = executable.infer(() => expect.unreachable(), { signal: controller.signal });
    const third = executable.infer([Float32Array.of(3, 3)]);
    controller.abort();
    await expect(second).rejects.toMatchObject({ code: "aborted" });
    expect((await first)[1]!.data[0]).toBe(1);
    expect((await third)[1]!.data[0]).toBe(3);
    executable.dispose();
  });

  it("rejects what waits once it is disposed of, which may happen twice", async () => {
    const executable = await prepare(backend);
    const answers = [1, 2, 3].map((value) => executable.infer([Float32Array.of(value, value)]));
    const outcomes = Promise.allSettled(answers.slice(1));
    executable.dispose();
    executable.dispose();
    await answers[0]?.catch(() => undefined);
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: "rejected", reason: { code: "disposed" } });
    }
    const late = executable.infer([new Float32Array(2)]);
    await expect(late).rejects.toMatchObject({ code: "disposed" });
  });

  it.each([
    ["too few values", [new Float32Array(1)], /^input_0: .*expected a Float32Array of 2 values/],
    ["bytes for real values", [new Uint8Array(2)], /received Uint8Array/],
    ["no input", [], /expected 1: .*received 0/],
    ["two inputs", [new Float32Array(2), new Float32Array(2)], /received 2/],
    ["no array", undefined, /received undefined/],
  ] as const)("refuses %s", async (_, inputs, message) => {
    const executable = await prepare(backend);
    const answer = executable.infer(inputs as readonly Float32Array[]);
    await expect(answer).rejects.toMatchObject({ code: "invalid-argument" });
    await expect(answer).rejects.toThrow(message);
    executable.dispose();
  });

  it("goes on after a call whose inputs could not be written", async () => {
    const executable = await prepare(backend);
    const failure = new Error("no picture");
    const first = executable.infer(() => {
      throw failure;
    });
    const second = executable.infer([Float32Array.of(2, 2)]);
    await expect(first).rejects.toBe(failure);
    expect((await second)[1]!.data[0]).toBe(2);
    executable.dispose();
  });
});

describe("a backend that has infer alone", () => {
  it("runs a loaded model, with the answers of the backend that it computes with", async () => {
    using guest = await loadClassifier(classifier(), { backend: guestBackend });
    using reference = await loadClassifier(classifier(), { backend: "reference" });
    expect(guest.description).toBe("guest (another engine)");
    const pictures = [0, 1, 2].map((seed) => picture(seed));
    expect(await Promise.all(pictures.map((image) => guest.classify(image)))).toEqual(
      await Promise.all(pictures.map((image) => reference.classify(image))),
    );
  });

  it("calibrates and is measured as any other", async () => {
    const executable = await prepare(guestBackend);
    const outputs = await inferOnce(executable, [Float32Array.of(1, 9)]);
    expect([...outputs.output()]).toEqual([2, 15]);
    expect(outputs.outputTensor(1)).toMatchObject({ shape: [1, 1, 2, 1] });
    executable.dispose();
    const measured = await measureGraph(graph(), {
      backend: guestBackend,
      threads: undefined,
      batch: 1,
      runs: 2,
      layers: false,
      signal: new AbortController().signal,
    });
    expect(measured).toMatchObject({ precision: "float32", isa: "guest (another engine)" });
  });

  it("fails by its own error, and by another where its answer does not fit", async () => {
    for (const [answer, message] of [
      [() => Promise.reject(new Error("the card is gone")), /the card is gone/],
      [async () => [new Float32Array(2)], /expected a Float32Array of 2 values, received nothing/],
      [async () => [new Uint8Array(2), new Float32Array(2)], /received a Uint8Array of 2/],
    ] as const) {
      const program = compile(graph(), guestBackend.target);
      const engine = { description: "", arenaBytes: 0, infer: answer, dispose() {} };
      const executable = queuedExecutable(program, engine);
      await expect(executable.infer([new Float32Array(2)])).rejects.toThrow(message);
    }
  });
});
