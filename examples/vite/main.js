/**
 * A page built with Vite that classifies a chosen picture in a worker, so that it stays responsive:
 *
 *   npm install mobilenetv2 vite && npx vite
 *
 * Vite finds the worker's script by itself and copies the model that the package carries.
 */
import { loadClassifier } from "mobilenetv2";
import model from "mobilenetv2/models/cifar10.tflite?url";

const status = document.querySelector("p");
// Loaded while somebody looks for a picture.
const loading = loadClassifier(model, { worker: true });

document.querySelector("input").addEventListener("change", async ({ target }) => {
  try {
    const [picture] = target.files;
    const classifier = await loading;
    const [best] = await classifier.classify(picture, { topK: 1 });
    status.textContent = `${best.label}, ${Math.round(best.score * 100)} %`;
  } catch (error) {
    status.textContent = error.message;
  }
});
