/**
 * Pictures decoded in a worker: while it loads the decoder, which takes as long as Node itself to start,
 * the calling thread loads a model; later it decodes while that one runs the network.
 */
import { MobileNetError } from "../../errors.ts";
import type { RgbImage } from "../../image/image.ts";
import type { Decode } from "../platform.ts";
import { RemoteWorker } from "./remote-worker.ts";
import type { WorkerHost } from "./worker-host.ts";

/** What decodes elsewhere. */
export interface RemoteDecoder<Input> extends Disposable {
  /** As the calling thread's own way, which does the work where no worker can be had or it has died. */
  readonly decode: Decode<Input>;
}

/** A grey pixel as PNG: a worker's first picture, over which it loads its decoder. */
const pixel =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==";

/** Starts a worker that decodes; does not wait for it. */
export function decodeRemotely<Input>(
  host: WorkerHost<Input>,
  decodeHere: Decode<Input>,
): RemoteDecoder<Input> {
  const worker = new RemoteWorker(() => undefined);
  // Until it says so, it may be that there will be none.
  const obstacle = worker.start(host, undefined).catch(() => "it was ended");
  const input = Uint8Array.from(atob(pixel), (character) => character.charCodeAt(0));
  // Whatever is wrong shows with the first picture.
  void obstacle
    .then(() => worker.ask({ kind: "decode", input, request: {} }, []))
    .catch(() => undefined);
  return {
    async decode(input, request) {
      if ((await obstacle) !== undefined) return await decodeHere(input, request);
      const { signal, ...rest } = request;
      try {
        const { input: sent, transfer } = await host.handOver(input, false);
        const asked = { kind: "decode", input: sent, request: rest } as const;
        return (await worker.ask(asked, transfer, signal)) as RgbImage;
      } catch (error) {
        if (!(error instanceof MobileNetError) || error.code !== "worker-lost") throw error;
        return await decodeHere(input, request);
      }
    },
    [Symbol.dispose]: () =>
      worker.end(new MobileNetError("disposed", "the decoder was disposed", {})),
  };
}
