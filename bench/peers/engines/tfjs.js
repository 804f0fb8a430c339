/**
 * tfjs with its WASM backend: the calls a converted graph model makes (fused convolutions with bias
 * and ReLU6, NHWC), without the converter's interpreter around them.
 */

/** @param context - See lib/session.js. */
export async function load({ description, read, image, threads, host }) {
  const { tf, wasm, wasmFolder } = await host.importTfjs();
  wasm.setThreadsCount(threads);
  wasm.setWasmPaths(wasmFolder);
  tf.enableProdMode();
  await tf.setBackend("wasm");
  await tf.ready();
  const { buffer, byteOffset } = await read("weights.bin");
  const weights = new Map();
  const parameter = (name, depthwise = false) => {
    if (!weights.has(name)) {
      const { shape, offset } = description.parameters[name];
      const length = shape.reduce((a, b) => a * b, 1);
      const values = new Float32Array(buffer, byteOffset + offset, length);
      // Made within the first run, whose tidying must leave them.
      weights.set(name, tf.keep(tf.tensor(values, depthwise ? [...shape, 1] : shape)));
    }
    return weights.get(name);
  };

  const step = (node, inputs) => {
    const [x, shortcut] = inputs;
    switch (node.op) {
      case "conv2d":
      case "depthwiseConv2d": {
        const depthwise = node.op === "depthwiseConv2d";
        const convolve = depthwise ? tf.fused.depthwiseConv2d : tf.fused.conv2d;
        const sum = convolve({
          x,
          filter: parameter(node.weights, depthwise),
          bias: parameter(node.bias),
          strides: node.stride,
          dilations: node.dilation,
          pad: node.padding,
          activation: node.activation === "none" ? "linear" : node.activation,
        });
        return shortcut === undefined ? sum : tf.add(shortcut, sum);
      }
      case "globalAveragePool":
        return tf.mean(x, [1, 2], true);
      case "softmax":
        return tf.softmax(tf.reshape(x, [x.shape[0], -1]));
      default:
        throw new Error(`no tfjs call for ${node.op}`);
    }
  };

  const forward = (input) => {
    const values = new Map();
    for (const node of description.nodes) {
      const inputs = node.inputs.map((name) => values.get(name));
      values.set(node.name, node.op === "input" ? input : step(node, inputs));
    }
    return [values.get("probabilities"), values.get("classifier")];
  };

  const { shape } = description.nodes[0];
  return {
    description: `tfjs-backend-wasm ${wasm.version_wasm}, ${wasm.getThreadsCount()} thread(s)`,
    run() {
      const outputs = tf.tidy(() => forward(tf.tensor(image, shape)));
      const [probabilities, logits] = outputs.map((output) => output.dataSync());
      tf.dispose(outputs);
      return { probabilities, logits };
    },
  };
}
