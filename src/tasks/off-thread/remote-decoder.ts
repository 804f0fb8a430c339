/**
 * Pictures decoded in a worker: while it loads the decoder, which takes as long as Node itself to start,
 * the calling thread loads a model; later it decodes while that one runs the network.
 */
import { type ErrorCode, MobileNetError, throwIfAborted } from "../../errors.ts";
import type { RgbImage } from "../../image/image.ts";
import type { Decode } from "../platform.ts";
import { RemoteWorker } from "./remote-worker.ts";
import type { WorkerHost } from "./worker-host.ts";

/** What decodes elsewhere. */
export interface RemoteDecoder<Input> extends Disposable {
  /** As the calling thread's own way, which does the work where no worker can be had or it has died. */
  readonly decode: Decode<Input>;
}

/** Of the errors of a worker that has died. */
const lost: readonly ErrorCode[] = ["worker-lost", "memory"];

/**
 * Starts a worker that decodes; does not wait for it.
 *
 * @param script - What it runs: `serveDecoder`.
 */
export function decodeRemotely<Input>(
  host: WorkerHost<Input>,
  decodeHere: Decode<Input>,
  script: URL,
): RemoteDecoder<Input> {
  const worker = new RemoteWorker(() => undefined);
  // Until it says so, it may be that there will be none.
  const obstacle = worker.start(host, script).catch(() => "it was ended");
  return {
    async decode(input, request) {
      if ((await obstacle) !== undefined) return await decodeHere(input, request);
      const { signal, ...rest } = request;
      try {
        const { input: sent, transfer } = await host.handOver(input, false);
        throwIfAborted(signal);
        const asked = { kind: "decode", input: sent, request: rest } as const;
        return (await worker.ask(asked, transfer, { signal })) as RgbImage;
      } catch (error) {
        if (!(error instanceof MobileNetError) || !lost.includes(error.code)) throw error;
        return await decodeHere(input, request);
      }
    },
    [Symbol.dispose]: () =>
      worker.end(new MobileNetError("disposed", "the decoder was disposed", {})),
  };
}
