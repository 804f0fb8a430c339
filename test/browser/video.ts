/** What a page of the tests does with a video, which is what a canvas shows. */
import { loadClassifier } from "../../src/browser.ts";
import type { ClassPrediction } from "../../src/tasks/classifier.ts";

/** The example's function that looks at a video's frames. */
type WatchFrames = (
  video: HTMLVideoElement,
  look: () => Promise<void>,
) => {
  readonly counts: { readonly shown: number; readonly looked: number };
  readonly failed: Promise<never>;
};

function canvasVideo(): { video: HTMLVideoElement; canvas: HTMLCanvasElement } {
  const video = document.querySelector("video") as HTMLVideoElement;
  const canvas = document.createElement("canvas");
  canvas.width = 640;
  canvas.height = 360;
  return { video, canvas };
}

/** What came of looking. */
interface Looks {
  readonly shown: number;
  readonly looked: number;
  /** How many looks went on at the same time. */
  readonly most: number;
  readonly message: string;
}

/** Looks that each take several frames, until the third fails. */
export async function slowLooks(watchFrames: WatchFrames, callbacks: boolean): Promise<Looks> {
  const { video, canvas } = canvasVideo();
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  const draw = (): void => {
    context.fillStyle = `rgb(${Math.random() * 255} 0 0)`;
    context.fillRect(0, 0, canvas.width, canvas.height);
    requestAnimationFrame(draw);
  };
  draw();
  video.srcObject = canvas.captureStream();
  await video.play();
  const { readyState, HAVE_CURRENT_DATA } = video;
  // As in browsers without callbacks for frames.
  const plain = { readyState, HAVE_CURRENT_DATA } as HTMLVideoElement;
  let [open, most] = [0, 0];
  const look = async (): Promise<void> => {
    most = Math.max(most, ++open);
    const until = watch.counts.shown + 4;
    while (watch.counts.shown < until) await new Promise(requestAnimationFrame);
    open--;
    if (watch.counts.looked === 2) throw new Error("enough");
  };
  const watch = watchFrames(callbacks ? video : plain, look);
  const message = await watch.failed.catch((error: unknown) => String(error));
  return { ...watch.counts, most, message };
}

/** Classifies one still frame on the page and in a worker. */
export async function compareThreads(): Promise<(readonly ClassPrediction[])[]> {
  const { video, canvas } = canvasVideo();
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  for (let x = 0; x < canvas.width; x += 8) {
    context.fillStyle = `hsl(${x} 80% 60%)`;
    context.fillRect(x, 0, 8, canvas.height);
  }
  video.srcObject = canvas.captureStream();
  await video.play();
  const answers: (readonly ClassPrediction[])[] = [];
  for (const worker of [false, true]) {
    const classifier = await loadClassifier("/cifar10.tflite", { worker });
    if (worker !== classifier.description.endsWith("in a worker")) throw new Error("no worker");
    answers.push(await classifier.classify(video, { topK: 10 }));
    classifier.dispose();
  }
  return answers;
}
