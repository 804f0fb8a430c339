/**
 * tfjs-tflite: TensorFlow Lite in WebAssembly under TensorFlow.js's interface, older than LiteRT.js. It
 * takes the int8 inputs that LiteRT.js refuses. Its runner is asked itself, because TensorFlow.js's tensors
 * know no 8-bit types.
 */

/** Any network's file. @param context - See lib/session.js. */
export async function open({ file, read, importTfliteOfTfjs }) {
  const { tflite } = await importTfliteOfTfjs();
  const { buffer } = await read(file);
  const { modelRunner } = await tflite.loadTFLiteModel(buffer, { numThreads: 1 });
  const [input] = modelRunner.getInputs();
  return {
    input: { shape: sizesOf(input), dtype: input.dataType },
    async infer({ data }) {
      input.data().set(data);
      if (!modelRunner.infer()) throw new Error("the runner failed");
      return modelRunner.getOutputs().map((output) => {
        const values = output.data();
        // Of types that it does not know, such as int64, it gives an address.
        if (typeof values === "number") throw new Error("an output's type is not given out");
        return { shape: sizesOf(output), dtype: output.dataType, data: values.slice() };
      });
    },
  };
}

const sizesOf = ({ shape }) => (shape === "" ? [] : shape.split(",").map(Number));
