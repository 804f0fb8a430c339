import { describe, expect, it } from "vitest";
import { realValues } from "../backends/real-values.ts";
import { loadOnWasm } from "../backends/wasm/load.ts";
import { wasmBackend } from "../backends/wasm/wasm.ts";
import { withRandomInt8Weights } from "../compile/random-int8-weights.ts";
import { withRandomWeights } from "../graph/random-weights.ts";
import type { RgbImage } from "../image/image.ts";
import { preprocess } from "../image/preprocess.ts";
import { type Preprocess, ranges } from "../image/presets.ts";
import { mobilenetV2 } from "../models/mobilenet-v2.ts";
import { loadPictureWriter } from "./picture/load-writer.ts";
import { PictureSession } from "./session.ts";

const graph = withRandomWeights(mobilenetV2({ width: 0.1, resolution: 32, classes: 3 }));
const picture = (level: number): RgbImage => ({
  width: 32,
  height: 32,
  data: new Uint8Array(32 * 32 * 3).fill(level),
});

const open = (): Promise<PictureSession<RgbImage>> =>
  PictureSession.open(
    {
      graph,
      preprocess: {
        width: 32,
        height: 32,
        fit: { kind: "stretch" },
        centers: "half-pixel",
        ...ranges.signed,
      },
      decode: async (image) => image,
    },
    { backend: wasmBackend },
  );

describe("a session's pictures", () => {
  const preset: Preprocess = {
    ...{ width: 32, height: 32, fit: { kind: "pad", value: 127.5 }, centers: "half-pixel" },
    ...ranges.signed,
  };
  const data = Uint8Array.from({ length: 50 * 41 * 3 }, (_, i) => (i * 167) % 256);
  const image = { width: 50, height: 41, data };
  const bare = mobilenetV2({ width: 0.1, resolution: 32, classes: 3 });

  it.each([
    ["float32", graph],
    ["8-bit", withRandomInt8Weights(bare)],
  ])("give a %s network what scalar preprocessing gives", async (_, network) => {
    const source = { graph: network, preprocess: preset, decode: async () => image };
    using session = await PictureSession.open(source);
    await loadPictureWriter();
    using scalar = await PictureSession.open(source, { backend: "reference" });
    const { placement, outputs } = await session.run(image);
    const { executable } = await loadOnWasm(network);
    const expected = await executable.infer((into) => {
      preprocess(image, preset, into.input());
    });
    executable.dispose();
    expect(outputs).toEqual(expected.map(realValues));
    expect(placement).toEqual((await scalar.run(image)).placement);
  });
});

describe("a session", () => {
  it("lets the event loop turn between runs, one after another or all at once", async () => {
    using session = await open();
    for (const together of [false, true]) {
      let turns = 0;
      let going = true;
      const count = (): void => {
        turns++;
        if (going) setImmediate(count);
      };
      setImmediate(count);
      const levels = Array.from({ length: 20 }, (_, i) => i);
      if (together) await Promise.all(levels.map((level) => session.run(picture(level))));
      else for (const level of levels) await session.run(picture(level));
      going = false;
      expect(turns).toBeGreaterThanOrEqual(levels.length - 1);
    }
  });

  it("gives every call its own answer", async () => {
    using session = await open();
    const alone: (readonly Float32Array[])[] = [];
    for (const level of [0, 90, 255]) alone.push((await session.run(picture(level))).outputs);
    const runs = [0, 90, 255].map((level) => session.run(picture(level)));
    expect((await Promise.all(runs)).map(({ outputs }) => outputs)).toEqual(alone);
  });

  it("takes a call that waits out of the queue where its signal fires", async () => {
    using session = await open();
    const controller = new AbortController();
    const first = session.run(picture(1));
    const second = session.run(picture(2), { signal: controller.signal });
    const third = session.run(picture(3));
    await first;
    controller.abort();
    await expect(second).rejects.toMatchObject({ code: "aborted" });
    expect((await third).outputs[0]).toHaveLength(3);
  });

  it("rejects the calls that wait when it is disposed of, as a model", async () => {
    const session = await open();
    const [first, ...others] = [1, 2, 3].map((level) => session.run(picture(level)));
    const outcomes = Promise.allSettled(others);
    await first;
    session.dispose();
    for (const outcome of await outcomes) {
      const reason = {
        code: "disposed",
        message: expect.stringMatching(/model was disposed.*Load/),
      };
      expect(outcome).toMatchObject({ status: "rejected", reason });
    }
  });
});
