/** The worker: one model for all that the page asks; a signal stops what is under way. */
import { loadClassifier } from "./mobilenetv2/mobilenetv2.min.js";

// Loaded while somebody looks for pictures. Should it fail, whoever asks is told.
const loading = loadClassifier("./cifar10.tflite");
loading.catch(() => undefined);
let controller;

addEventListener("message", ({ data }) => {
  if (data.kind === "stop") controller?.abort();
  else classify(data.files);
});

async function classify(files) {
  controller = new AbortController();
  const { signal } = controller;
  let done = 0;
  try {
    const classifier = await loading;
    // A few are read and decoded while the network looks at another; a damaged one is no reason to stop.
    for await (const { index, result, error } of classifier.classifyEach(files, { signal })) {
      done++;
      const [best] = result ?? [];
      const words = error?.message ?? `${best.label}, ${Math.round(best.score * 100)} %`;
      postMessage({ kind: "answer", name: files[index].name, words, done });
    }
    postMessage({ kind: "end", words: `${done} pictures` });
  } catch (error) {
    const stopped = error.code === "aborted";
    postMessage({ kind: "end", words: stopped ? `Stopped after ${done}` : error.message });
  }
}
