/**
 * A training plan's operations in TensorFlow.js' plain ones, which it differentiates itself. `tf` is an
 * argument: who imports this has a build of TensorFlow.js of their own.
 */

/**
 * A plan's parameters as TensorFlow.js takes them: filters `[h, w, channels]` of depthwise convolutions with
 * a multiplier of 1 behind. Statistics are left out: a step does not read them.
 *
 * @param weights - Tensors by name.
 * @param prefix - Before the variables' names, which are unique in all of TensorFlow.js.
 */
export function makeVariables(tf, weights, prefix) {
  const variables = new Map();
  for (const [name, { shape, data }] of weights) {
    if (isStatistic(name)) continue;
    const whole = shape.length === 3 ? [...shape, 1] : shape;
    variables.set(name, tf.variable(tf.tensor(data, whole), true, `${prefix} ${name}`));
  }
  return variables;
}

/** Whether a parameter is moved by batch norms and not trained. */
export function isStatistic(name) {
  return /\/(mean|variance)$/.test(name);
}

/**
 * The outputs of a plan, in its order.
 *
 * @param images - `[n, h, w, c]`.
 * @param of - Gives a parameter's variable by its name.
 * @param onMoments - Told of each batch norm: its node, mean and variance `[c]` and the values of a channel.
 */
export function applyPlan(tf, plan, images, of, onMoments = () => {}) {
  const values = [];
  const from = (source) => (source < 0 ? images : values[source]);
  for (const { node, sources } of plan.operations) {
    const inputs = sources.map(from);
    values.push(
      node.op === "batchNorm"
        ? normalize(tf, node, inputs[0], of, onMoments)
        : apply(tf, node, inputs, of),
    );
  }
  return plan.outputs.map(({ source }) => from(source));
}

/** Zeros around a map, so that every window is a valid one. */
function padded(tf, x, { kernel, stride, dilation, padding }) {
  const [, rows, columns] = x.shape;
  const axis = (size, window) => {
    const reach = (window - 1) * dilation;
    if (padding === "valid") return [0, 0];
    if (padding === "symmetric") return [Math.floor(reach / 2), Math.floor(reach / 2)];
    const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + reach + 1 - size);
    return [Math.floor(total / 2), total - Math.floor(total / 2)];
  };
  return tf.pad(x, [[0, 0], axis(rows, kernel[0]), axis(columns, kernel[1]), [0, 0]]);
}

/** A dilated convolution of stride 1 as the sum over its taps: TensorFlow.js has no gradient of it. */
function dilated(tf, convolve, map, weights, dilation) {
  const [rows, columns, ...rest] = weights.shape;
  const [batch, height, width, channels] = map.shape;
  const size = [height - (rows - 1) * dilation, width - (columns - 1) * dilation];
  const taps = [];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const part = tf.slice(map, [0, i * dilation, j * dilation, 0], [batch, ...size, channels]);
      const tap = tf.slice(weights, [i, j, 0, 0], [1, 1, ...rest]);
      taps.push(convolve(part, tap, 1, "valid"));
    }
  }
  return tf.addN(taps);
}

/** A convolution; where TensorFlow.js knows the padding itself, no map is copied for it. */
function convolved(tf, node, x, weights) {
  const convolve = node.op === "conv2d" ? tf.conv2d : tf.depthwiseConv2d;
  const { dilation, padding, stride } = node;
  if (dilation !== 1) return dilated(tf, convolve, padded(tf, x, node), weights, dilation);
  if (padding !== "symmetric") return convolve(x, weights, stride, padding);
  return convolve(padded(tf, x, node), weights, stride, "valid");
}

/** Batch norm by the batch's own moments. */
function normalize(tf, node, x, of, onMoments) {
  const { mean, variance } = tf.moments(x, [0, 1, 2]);
  onMoments(node, mean, variance, x.size / x.shape[3]);
  const scale = tf.mul(of(node.gamma), tf.rsqrt(tf.add(variance, node.epsilon)));
  return tf.add(tf.mul(tf.sub(x, mean), scale), of(node.beta));
}

/** The output of one operation that is no batch norm. */
function apply(tf, node, inputs, of) {
  const [x] = inputs;
  switch (node.op) {
    case "conv2d":
    case "depthwiseConv2d": {
      const y = convolved(tf, node, x, of(node.weights));
      return node.bias === undefined ? y : tf.add(y, of(node.bias));
    }
    case "activation":
      return node.activation === "relu6" ? tf.relu6(x) : tf.relu(x);
    case "add":
      return tf.add(x, inputs[1]);
    case "globalAveragePool":
      return tf.mean(x, [1, 2], true);
    case "dropout":
      return x;
    case "concat":
      return tf.concat(inputs, node.axis);
    case "reshape":
      return tf.reshape(x, [x.shape[0], ...node.shape]);
    case "resizeBilinear":
      return tf.image.resizeBilinear(x, node.size, node.alignCorners, node.halfPixelCenters);
    default:
      throw new Error(`no ${node.op}`);
  }
}
