/** What `page.js` has run in a page; pictures are fetched, a few at once. */
const underWay = 4;

/** This library, on the page's own thread. */
async function library({ entry, model, pictures }) {
  const { loadClassifier } = await import(entry);
  const classifier = await loadClassifier(new URL(model, location.href).href);
  const inputs = pictures.map((picture) => async () => (await fetch(picture)).blob());
  return async () => {
    const answers = [];
    for await (const { result, error } of classifier.classifyEach(inputs)) {
      if (error !== undefined) throw error;
      answers.push(result[0].index);
    }
    return answers;
  };
}

/**
 * LiteRT.js as a good engineer writes it: pictures are decoded to twice the network's input by the
 * browser, drawn at its size, and their bytes given to an 8-bit network.
 */
async function litert({ model, pictures, preprocess: { width, height } }) {
  const { loadAndCompile, loadLiteRt, Tensor } = await import("@litertjs/core");
  await loadLiteRt("/bench/peers/node_modules/@litertjs/core/wasm/litert_wasm_internal.js");
  const bytes = new Uint8Array(await (await fetch(model)).arrayBuffer());
  const cpuOptions = { numThreads: 1 };
  const network = await loadAndCompile(bytes, { accelerator: "wasm", cpuOptions });
  const [{ shape }] = network.getInputDetails();
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const pixels = new Uint8Array(width * height * 3);
  const answer = async (picture) => {
    const blob = await (await fetch(picture)).blob();
    const bitmap = await createImageBitmap(blob, {
      resizeHeight: 2 * height,
      resizeQuality: "medium",
    });
    context.drawImage(bitmap, 0, 0, width, height);
    bitmap.close();
    const { data } = context.getImageData(0, 0, width, height);
    for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
      pixels[to] = data[from];
      pixels[to + 1] = data[from + 1];
      pixels[to + 2] = data[from + 2];
    }
    const input = new Tensor(pixels, shape);
    const [output] = await network.run(input);
    input.delete();
    const scores = output.toTypedArray();
    let best = 0;
    for (let i = 1; i < scores.length; i++) if (scores[i] > scores[best]) best = i;
    output.delete();
    return best;
  };
  return async () => {
    const answers = new Array(pictures.length);
    let next = 0;
    const work = async () => {
      while (next < pictures.length) {
        const i = next++;
        answers[i] = await answer(pictures[i]);
      }
    };
    await Promise.all(Array.from({ length: underWay }, work));
    return answers;
  };
}

globalThis.begin = async (told) => {
  const programs = { library, litert };
  globalThis.answerAll = await programs[told.program](told);
};
