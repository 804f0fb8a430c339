/** The page's end of the engine. */
import { proxy, type Remote, transfer, wrap } from "comlink";
import type { OnLoaded, Picture } from "./engine-api.ts";
import type { EngineApi } from "./worker.ts";

let started: Remote<EngineApi> | undefined;

/** The engine; its worker starts with the first call. */
export function engine(): Remote<EngineApi> {
  started ??= wrap<EngineApi>(
    new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "engine" }),
  );
  return started;
}

/** A listener that the worker may call. */
export function listener<Given extends readonly unknown[]>(
  call: (...given: Given) => void,
): (...given: Given) => void {
  return proxy(call);
}

/** A listener to a download that is told its share, 0 to 1; undefined where nobody knows the whole. */
export function shareListener(call: (share: number | undefined) => void): OnLoaded {
  return listener((loaded, total) =>
    call(total === undefined ? undefined : Math.min(1, loaded / total)),
  );
}

/** A picture on its way to the worker; a frame goes without a copy. */
export function sent(picture: Picture): Picture {
  return picture instanceof ImageBitmap ? transfer(picture, [picture]) : picture;
}
