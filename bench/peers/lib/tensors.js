/**
 * Tensors on their way between processes and pages, whose messages are texts: values as base64, with
 * shape and element type beside them.
 */
const arrays = {
  float32: Float32Array,
  int32: Int32Array,
  uint8: Uint8Array,
  int8: Int8Array,
  bool: Uint8Array,
};

/** A message of a tensor. */
export function packTensor({ shape, dtype, data }) {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) {
    text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  }
  return { shape: [...shape], dtype, text: btoa(text) };
}

/** The tensor of a message. */
export function unpackTensor({ shape, dtype, text }) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return { shape, dtype, data: ofType(dtype, bytes.buffer) };
}

/** Values, or the bytes of values, as an array of an element type. */
export function ofType(dtype, values) {
  const Values = arrays[dtype];
  if (Values === undefined) throw new Error(`values of ${dtype} are not passed on`);
  return new Values(values);
}
