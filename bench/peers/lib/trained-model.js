/** A model that was trained just now, so small that it takes a minute: which of some pictures a part is of. */

import { join } from "node:path";
import { pathToFileURL } from "node:url";

const edge = 96;

/**
 * Trains a classifier on parts of pictures, a class for each picture.
 *
 * @param pictures - `{ name, image }`.
 */
export async function trainOnParts(pictures, { dist, library }) {
  const { openSession, Random, recipes, writeTrainedModel } = await import(
    pathToFileURL(join(dist, "train/index.js"))
  );
  const partsOf = (seed, count) => ({
    count,
    name: (index) => `part ${index}`,
    label: (index) => index % pictures.length,
    async picture(index) {
      const { image } = pictures[index % pictures.length];
      const random = new Random(seed, index);
      const size = Math.floor(Math.min(image.width, image.height) * (0.5 + 0.5 * random.uniform()));
      const x = random.integer(image.width - size + 1);
      const y = random.integer(image.height - size + 1);
      return part(image, { x, y, size });
    },
  });
  const session = await openSession({
    data: {
      name: "parts",
      classes: pictures.map(({ name }) => name),
      training: partsOf(1, 16 * pictures.length),
      validation: partsOf(2, 4 * pictures.length),
    },
    recipe: { ...recipes.small, epochs: 6, batch: 8, averageDecay: 0 },
    ...{ seed: 1, width: 0.35, resolution: edge },
  });
  try {
    const run = session.run();
    let event = await run.next();
    while (!event.done) event = await run.next();
    const files = writeTrainedModel(session.model, session.weightsOf(event.value.weights));
    return await library.loadModel(files);
  } finally {
    session.dispose();
  }
}

/** A square of a picture, every pixel that the network's edge needs. */
function part({ width, data }, { x, y, size }) {
  const pixels = new Uint8Array(edge * edge * 3);
  for (let row = 0; row < edge; row++) {
    for (let column = 0; column < edge; column++) {
      const at = (y + Math.floor((row * size) / edge)) * width + x;
      const from = 3 * (at + Math.floor((column * size) / edge));
      pixels.set(data.subarray(from, from + 3), 3 * (row * edge + column));
    }
  }
  return { width: edge, height: edge, data: pixels };
}
