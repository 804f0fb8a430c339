/** Runs in the browser: does what a request asks with the library's browser build. */
import fc from "fast-check";
import { type ImageInput, loadClassifier, paintDetections } from "../../src/browser.ts";
import { readTflite } from "../../src/formats/tflite/tflite.ts";
import { decodeImage } from "../../src/image/decode-browser.ts";
import * as training from "../../src/train/browser.ts";
import { blockGraphs } from "../int8/convolution-graphs.ts";
import { type BitComparison, compareBits } from "../int8/random-graphs.ts";
import { tinyModel } from "../tflite/tiny-model.ts";
import { toyLosses } from "../train/toy-losses.ts";
import { toySession } from "../train/toy-sessions.ts";
import type { BrowserAnswer, BrowserRequest, Handover } from "./requests.ts";

export async function answer(request: BrowserRequest): Promise<BrowserAnswer> {
  try {
    if (request.kind === "int8") return await compareKernels(request.model);
    if (request.kind === "train") return { kind: "losses", ...(await toyLosses(training)) };
    if (request.kind === "paint") return paint(request);
    if (request.kind === "session") {
      const { task, threads } = request;
      return { kind: "trained", ...(await toySession(training, task, threads)) };
    }
    const bytes = new Uint8Array(await (await fetch(request.picture)).arrayBuffer());
    if (request.kind === "decode") {
      const { least } = request;
      const options = least === undefined ? {} : { least: () => least };
      const { width, height, original, data } = await decodeImage(bytes, options);
      if (request.digest) {
        const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", data.slice()));
        const digest = Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
        return { kind: "digest", width, height, digest };
      }
      return { kind: "pixels", width, height, original, data: Array.from(data) };
    }
    const warnings: string[] = [];
    const classifier = await loadClassifier(request.model, {
      ...(request.resolution === undefined ? {} : { resolution: request.resolution }),
      baseUrl: request.baseUrl,
      weightsUrls: request.weightsUrls,
      threads: request.threads,
      backend: request.backend,
      worker: request.offThread,
      onWarning: (message) => warnings.push(message),
    });
    const picture = await handOver(bytes, request.handover);
    const { description } = classifier;
    const { transfer } = request;
    const ticks = countTurns();
    const predictions = await classifier.classify(picture, { transfer });
    const turns = ticks.end();
    classifier.dispose();
    return { kind: "classes", predictions, description, warnings, turns };
  } catch (error) {
    return { kind: "error", message: error instanceof Error ? `${error.stack}` : String(error) };
  }
}

/** Marks over a grey picture, and the pixels that a canvas then has. */
function paint({ found, canvas: kind }: Extract<BrowserRequest, { kind: "paint" }>): BrowserAnswer {
  const canvas = kind === "element" ? document.createElement("canvas") : new OffscreenCanvas(1, 1);
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  const { width, height } = found;
  const picture = { width, height, data: new Uint8Array(width * height * 3).fill(200) };
  const painted = paintDetections(context, found, { picture, legend: false });
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  return { kind: "pixels", ...painted, data: Array.from(data.filter((_, i) => i % 4 < 3)) };
}

/** Random inverted residuals and a small network, or a given one, against the reference. */
async function compareKernels(model: string | undefined): Promise<BrowserAnswer> {
  const graphs =
    model === undefined
      ? [
          ...fc.sample(blockGraphs, { seed: 7, numRuns: 60 }).map(({ graph }) => graph),
          readTflite(tinyModel("uint8")),
          readTflite(tinyModel("int8")),
        ]
      : [readTflite(new Uint8Array(await (await fetch(model)).arrayBuffer()))];
  const results: BitComparison[] = [];
  for (const graph of graphs) results.push(await compareBits(graph, 3, { rounds: 1 }));
  const descriptions = [...new Set(results.flatMap((result) => result.descriptions))];
  return { kind: "bits", descriptions, differences: results.flatMap((of) => of.differences) };
}

/** Counts the turns of the event loop. */
function countTurns(): { end(): number } {
  let turns = 0;
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    turns++;
    port2.postMessage(undefined);
  };
  port2.postMessage(undefined);
  return {
    end() {
      port1.close();
      return turns;
    },
  };
}

async function handOver(bytes: Uint8Array<ArrayBuffer>, as: Handover): Promise<ImageInput> {
  if (as === "bytes") return bytes;
  const blob = new Blob([bytes]);
  if (as === "blob") return blob;
  if (as === "element") {
    const image = new Image();
    image.src = URL.createObjectURL(blob);
    await image.decode();
    return image;
  }
  const bitmap = await createImageBitmap(blob);
  if (as === "frame") return new VideoFrame(bitmap, { timestamp: 0 });
  if (as === "bitmap") return bitmap;
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d") as OffscreenCanvasRenderingContext2D;
  context.drawImage(bitmap, 0, 0);
  return as === "canvas" ? canvas : context.getImageData(0, 0, bitmap.width, bitmap.height);
}
