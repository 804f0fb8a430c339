/** The worker's script: answers one request. */
import { answer } from "./answer.ts";

globalThis.onmessage = async ({ data }: MessageEvent) => {
  globalThis.postMessage(await answer(data));
};
