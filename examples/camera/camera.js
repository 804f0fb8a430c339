/**
 * What a camera sees, named while it is shown: the page draws every frame, the model works beside it and
 * looks at the newest one whenever it is free. For a bundler or a server of modules; with Vite:
 *
 *   npm install mobilenetv2 && npx vite examples/camera
 *
 * `?model=` in the address names another classifier of the hub, or the address of its file.
 */
import { loadClassifier } from "mobilenetv2";
import { watchFrames } from "./watch-frames.js";

const video = document.querySelector("video");
const status = document.querySelector("p");
const model = new URLSearchParams(location.search).get("model") ?? "imagenet";

try {
  if (navigator.mediaDevices === undefined) {
    throw new Error("Browsers show cameras to pages on https or localhost only.");
  }
  const [classifier, stream] = await Promise.all([
    // In a thread of its own: the page goes on drawing.
    loadClassifier(model, { worker: true }),
    navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }),
  ]);
  video.srcObject = stream;
  await video.play();
  const watch = watchFrames(video, async (frame) => {
    const [best] = await classifier.classify(frame, { topK: 1 });
    const { shown, looked } = watch.counts;
    status.textContent = `${best.label}, ${Math.round(best.score * 100)} % (${looked} of ${shown} frames)`;
  });
  watch.failed.catch((error) => {
    status.textContent = error.message;
  });
} catch (error) {
  // No model, no camera, or no permission to use it.
  status.textContent = error.message;
}
