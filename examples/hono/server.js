/**
 * A small server with Hono that classifies posted pictures, one model in a worker thread, so that the
 * server goes on answering meanwhile:
 *
 *   npm install hono @hono/node-server mobilenetv2 sharp && node server.js
 *   curl --data-binary @photo.jpg localhost:3000/classify
 */
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { loadClassifier, MobileNetError } from "mobilenetv2";

const classifier = await loadClassifier(process.env.MODEL ?? "cifar10", { worker: true });
const app = new Hono();

app.post("/classify", bodyLimit({ maxSize: 20e6 }), async (context) => {
  const bytes = await context.req.arrayBuffer();
  const { signal } = context.req.raw;
  return context.json(await classifier.classify(bytes, { topK: 3, transfer: true, signal }));
});

app.onError((error, context) => {
  if (!(error instanceof MobileNetError)) throw error;
  const status = error.code === "invalid-image" ? 400 : 500;
  return context.json({ error: error.message, code: error.code }, status);
});

const server = serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) }, ({ port }) => {
  console.log(`http://localhost:${port}/classify`);
});
process.once("SIGTERM", () => server.close(() => classifier.dispose()));
