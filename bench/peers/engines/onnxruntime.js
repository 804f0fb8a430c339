/**
 * What both builds of onnxruntime share: the model takes NCHW, so the image is transposed once
 * beforehand, which favours them.
 */

/** An engine around a session. */
export function fromSession({ ort, session, description, image, text }) {
  const { resolution } = description;
  const pixels = resolution * resolution;
  const planes = new Float32Array(image.length);
  for (let i = 0; i < image.length; i++) planes[(i % 3) * pixels + Math.floor(i / 3)] = image[i];
  return {
    description: text,
    async run() {
      const input = new ort.Tensor("float32", planes, [1, 3, resolution, resolution]);
      const { probabilities, classifier } = await session.run({ image: input });
      return { probabilities: probabilities.data, logits: classifier.data };
    },
  };
}
