/** Runs in the browser: does what a request asks with the library's browser build. */
import { type ImageInput, loadClassifier } from "../../src/browser.ts";
import { decodeImage } from "../../src/image/decode-browser.ts";
import type { BrowserAnswer, BrowserRequest, Handover } from "./requests.ts";

export async function answer(request: BrowserRequest): Promise<BrowserAnswer> {
  try {
    const bytes = new Uint8Array(await (await fetch(request.picture)).arrayBuffer());
    if (request.kind === "decode") {
      const { width, height, data } = await decodeImage(bytes);
      return { kind: "pixels", width, height, data: Array.from(data) };
    }
    const warnings: string[] = [];
    const classifier = await loadClassifier(request.model, {
      ...(request.resolution === undefined ? {} : { resolution: request.resolution }),
      baseUrl: request.baseUrl,
      threads: request.threads,
      onWarning: (message) => warnings.push(message),
    });
    const picture = await handOver(bytes, request.handover);
    const predictions = await classifier.classify(picture);
    const { description } = classifier;
    classifier.dispose();
    return { kind: "classes", predictions, description, warnings };
  } catch (error) {
    return { kind: "error", message: error instanceof Error ? `${error.stack}` : String(error) };
  }
}

async function handOver(bytes: Uint8Array<ArrayBuffer>, as: Handover): Promise<ImageInput> {
  if (as === "bytes") return bytes;
  const blob = new Blob([bytes]);
  if (as === "blob") return blob;
  const bitmap = await createImageBitmap(blob);
  if (as === "bitmap") return bitmap;
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d") as OffscreenCanvasRenderingContext2D;
  context.drawImage(bitmap, 0, 0);
  return as === "canvas" ? canvas : context.getImageData(0, 0, bitmap.width, bitmap.height);
}
