/** Pictures decoded in a worker: the same pixels, the same errors, and an answer whatever becomes of it. */
import { describe, expect, it } from "vitest";
import { MobileNetError } from "../../src/errors.ts";
import type { RgbImage } from "../../src/image/image.ts";
import { decodeRemotely } from "../../src/tasks/off-thread/remote-decoder.ts";
import { serveDecoder } from "../../src/tasks/off-thread/serve-decoder.ts";
import type { Decode, DecodeRequest } from "../../src/tasks/platform.ts";
import { type Misbehaviour, sameThread } from "./same-thread.ts";

const image: RgbImage = { width: 1, height: 1, data: Uint8Array.of(1, 2, 3) };
const shown = ({ data }: RgbImage): number[] => [...data];
/** Tells the two places apart. */
const here: Decode<RgbImage> = async () => ({ ...image, data: Uint8Array.of(9, 9, 9) });
const there: Decode<RgbImage> = async ({ data }) => ({
  ...image,
  data: data.map((byte) => byte + 1),
});

function start(misbehaviour: Misbehaviour = {}) {
  const { host, workers } = sameThread(
    {},
    { serves: serveDecoder, decode: there, ...misbehaviour },
  );
  return { decoder: decodeRemotely(host, here, new URL("file:///script.js")), workers };
}

describe("a decoder in a worker", () => {
  it("gives the worker's pixels, and leaves the caller's alone", async () => {
    const { decoder } = start();
    expect(shown(await decoder.decode(image, {}))).toEqual([2, 3, 4]);
    expect(shown(image)).toEqual([1, 2, 3]);
  });

  it("passes on what is asked for, and who stops it", async () => {
    const asked: DecodeRequest[] = [];
    const { decoder } = start({
      decode: async (input, request) => {
        asked.push(request);
        if (request.maxPixels === 1) await new Promise(() => undefined);
        return input;
      },
    });
    const preprocess = { width: 7 } as never;
    await decoder.decode(image, { maxPixels: 5, preprocess });
    const controller = new AbortController();
    const stopped = decoder.decode(image, { maxPixels: 1, signal: controller.signal });
    await expect.poll(() => asked.length).toBe(2);
    controller.abort();
    await expect(stopped).rejects.toMatchObject({ code: "aborted" });
    const [plain, waiting] = asked;
    expect(plain).toMatchObject({ maxPixels: 5, preprocess: { width: 7 } });
    await expect.poll(() => waiting?.signal?.aborted).toBe(true);
  });

  it("asks for nothing that was stopped while the worker started", async () => {
    const { decoder, workers } = start();
    const controller = new AbortController();
    const stopped = decoder.decode(image, { signal: controller.signal });
    controller.abort();
    await expect(stopped).rejects.toMatchObject({ code: "aborted" });
    expect(workers[0]?.received).toEqual([]);
  });

  it("throws what the worker throws", async () => {
    const refused = new MobileNetError("invalid-image", "no picture", { expected: "one" });
    const { decoder } = start({
      async decode() {
        throw refused;
      },
    });
    const error = await decoder.decode(image, {}).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "invalid-image", message: refused.message });
  });

  it("decodes here where no worker starts", async () => {
    const { decoder } = start({
      onStart: ({ events }) => events.onLost({ reason: "no", memory: false }),
    });
    expect(shown(await decoder.decode(image, {}))).toEqual([9, 9, 9]);
  });

  it.each([false, true])("decodes here where it has died (of memory: %s)", async (memory) => {
    const { decoder, workers } = start({ drops: ({ kind }) => kind === "decode" });
    const waiting = decoder.decode(image, {});
    await expect.poll(() => workers[0]?.received.length).toBe(1);
    workers[0]?.events.onLost({ reason: "gone", memory });
    expect(shown(await waiting)).toEqual([9, 9, 9]);
    expect(shown(await decoder.decode(image, {}))).toEqual([9, 9, 9]);
  });

  it("ends its worker when it is disposed of", async () => {
    const { decoder, workers } = start();
    await decoder.decode(image, {});
    decoder[Symbol.dispose]();
    expect(workers[0]?.ended).toBe(true);
    await expect(decoder.decode(image, {})).rejects.toMatchObject({ code: "disposed" });
  });
});
