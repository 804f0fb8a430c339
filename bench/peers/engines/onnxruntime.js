/**
 * What both builds of onnxruntime share: the model takes NCHW, so the image is transposed once
 * beforehand, which favours them.
 */

/** An engine around a session. */
export function fromSession({ ort, session, description, image, text }) {
  const { resolution, precision } = description;
  const pixels = resolution * resolution;
  const planes = image.slice();
  const type = precision === "int8" ? "uint8" : "float32";
  for (let i = 0; i < image.length; i++) planes[(i % 3) * pixels + Math.floor(i / 3)] = image[i];
  return {
    description: text,
    async run() {
      const input = new ort.Tensor(type, planes, [1, 3, resolution, resolution]);
      const outputs = await session.run({ [session.inputNames[0]]: input });
      const [probabilities, logits] = session.outputNames.map((name) => outputs[name].data);
      return { probabilities, logits };
    },
  };
}
