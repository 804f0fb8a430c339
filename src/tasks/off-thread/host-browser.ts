/** A page's workers. */
import { describeError, MobileNetError } from "../../errors.ts";
import { checkDrawable, isDrawable, toRgbImage } from "../../image/decode-browser.ts";
import type { Drawable } from "../../image/drawable.ts";
import { noLimits } from "../../image/limits.ts";
import type { ImageInput } from "../platform.ts";
import {
  type HandedOver,
  handOverBytes,
  type WorkerEvents,
  type WorkerHost,
  type WorkerThread,
} from "./worker-host.ts";

/** Workers that run the package's own script unless another is named. */
export const workerHost: WorkerHost<ImageInput> = {
  start: (address, events) => startWorker(openWorker(address), events),
  handOver: (input, move) =>
    isDrawable(input) ? handOverDrawable(input, move) : handOverBytes(input, move),
};

/** A module worker; bundlers know the script by this very expression. */
function openWorker(address: string | URL | undefined): Worker {
  if (typeof Worker === "undefined") {
    throw new MobileNetError("unsupported", "there are no workers here");
  }
  if (address === undefined) {
    return new Worker(new URL("./worker-browser.js", import.meta.url), { type: "module" });
  }
  const url = new URL(address, location.href);
  if (url.origin === location.origin || url.protocol === "blob:" || url.protocol === "data:") {
    return new Worker(url, { type: "module" });
  }
  // A worker's script must be of the page's own origin, but may import one of another.
  const script = new Blob([`import ${JSON.stringify(url.href)};`], { type: "text/javascript" });
  const shim = URL.createObjectURL(script);
  try {
    return new Worker(shim, { type: "module" });
  } finally {
    setTimeout(() => URL.revokeObjectURL(shim), 60_000);
  }
}

function startWorker(worker: Worker, { onMessage, onLost }: WorkerEvents): WorkerThread {
  worker.onmessage = ({ data }) => onMessage(data);
  worker.onmessageerror = () => onLost({ reason: "its answer cannot be read", memory: false });
  worker.onerror = (event) => {
    event.preventDefault();
    const reason = event.message || "its script cannot be loaded";
    onLost({ reason, memory: /out of memory/i.test(reason) });
  };
  return {
    post: (message, transfer = []) => worker.postMessage(message, [...transfer]),
    hold: () => undefined,
    end: () => worker.terminate(),
  };
}

/** Bitmaps and frames can be sent; a video gives its frame as it is; of anything else a bitmap is made. */
function handOverDrawable(source: Drawable, move: boolean): HandedOver | Promise<HandedOver> {
  checkDrawable(source);
  if (typeof OffscreenCanvas === "undefined") {
    // Without one the worker could not read a bitmap's pixels. It checks their number.
    return handOverBytes(toRgbImage(source, noLimits), true);
  }
  const frames = typeof VideoFrame !== "undefined";
  const bitmap = typeof ImageBitmap !== "undefined" && source instanceof ImageBitmap;
  if (bitmap || (frames && source instanceof VideoFrame)) {
    return { input: source, transfer: move ? [source] : [] };
  }
  if (frames && "videoWidth" in source) {
    try {
      const frame = new VideoFrame(source);
      return { input: frame, transfer: [frame] };
    } catch (cause) {
      throw unreadable(cause);
    }
  }
  return createImageBitmap(source).then(
    (copy) => ({ input: copy, transfer: [copy] }),
    (cause: unknown) => {
      throw unreadable(cause);
    },
  );
}

function unreadable(cause: unknown): MobileNetError {
  return new MobileNetError("invalid-image", "the picture's pixels cannot be read", {
    expected: "a picture, canvas or video of this site whose pixels have arrived",
    received: describeError(cause),
    cause,
  });
}
