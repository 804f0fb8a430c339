/** Turbo in a worker: its kernels are each thread's, so a worker takes them over where its maker has them. */
import { expect, it } from "vitest";
import type { Answer, RemoteParts } from "../../src/tasks/off-thread/messages.ts";
import { serve } from "../../src/tasks/off-thread/serve.ts";
import { classifier, picture } from "./models.ts";
import { sameThread } from "./same-thread.ts";

it("is taken over from the calling thread, with the same bits", async () => {
  const { loaders, workers } = sameThread({ classifier });
  using ordinary = await loaders.loadClassifier("classifier");
  const expected = await ordinary.classify(picture());

  const answers: Answer[] = [];
  const take = serve(
    async (image: never) => image,
    (answer) => answers.push(answer),
  );
  const options = { backend: "auto", threads: 1, turbo: true } as const;
  await take({ kind: "load", id: 1, as: "small", verb: "classify", model: classifier(), options });
  const [loaded] = answers as [Extract<Answer, { kind: "done" }>];
  expect((loaded.value as RemoteParts).description).toBe("wasm simd128 turbo, 1 thread");

  // This thread has it now; whatever worker it starts is told so.
  using there = await loaders.loadClassifier("classifier", { worker: true });
  expect(there.description).toBe("wasm simd128 turbo, 1 thread, in a worker");
  expect(workers[0]?.received[0]).toMatchObject({ options: { turbo: true } });
  expect(await there.classify(picture())).toEqual(expected);
});
