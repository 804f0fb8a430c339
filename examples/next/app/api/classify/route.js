/**
 * A route that classifies the picture in a request's body, with the model that the package carries:
 * `npm install next react react-dom mobilenetv2 sharp && npx next dev` in a folder with this `app`.
 * One model serves all requests, in a worker, so that the server goes on answering meanwhile.
 */
import { loadClassifier, MobileNetError } from "mobilenetv2";

const loading = loadClassifier("cifar10", { worker: true });

export async function POST(request) {
  const classifier = await loading;
  try {
    const bytes = new Uint8Array(await request.arrayBuffer());
    const [best] = await classifier.classify(bytes, { topK: 1, signal: request.signal });
    return Response.json(best);
  } catch (error) {
    if (!(error instanceof MobileNetError)) throw error;
    const status = error.code === "invalid-image" ? 400 : 500;
    return Response.json({ error: error.message, code: error.code }, { status });
  }
}
