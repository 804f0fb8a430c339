/**
 * An engine of others as a backend: the tasks prepare pictures and make answers of outputs as they always
 * do, and the network between runs there, from its own file. A file's only input is a picture.
 */
import { channelsFirst, channelsLast } from "./agreement.js";
import { ofType, packTensor, unpackTensor } from "./tensors.js";

/**
 * Opens a file in a participant's process and gives the backend.
 *
 * @param participant - From `startParticipant`.
 * @param file - `module` of the engine, the `file`'s name in its folder, and `options` of the engine.
 */
export async function openPeer({ queuedExecutable, referenceBackend }, participant, file) {
  const { input, description } = await participant.send("open", file);
  return {
    name: file.module,
    // The graph's outputs as they are, and nothing joined that a program would have to run.
    target: referenceBackend.target,
    prepare: async (program) =>
      queuedExecutable(program, {
        description: description ?? file.module,
        arenaBytes: 0,
        async infer([given]) {
          const answers = await participant.send("infer", { input: packTensor(fed(given, input)) });
          const left = answers.map(unpackTensor);
          return program.outputs.map((slot) => taken(left, slot));
        },
        dispose() {},
      }),
  };
}

/** What the file's input takes: 8-bit codes by its sign, channels where it has them. */
function fed({ shape: own, dtype: ownType, data }, { shape = [], dtype }) {
  const [n, rows, columns, channels] = own;
  const isFirst = shape.length === 4 && shape[1] === channels && shape[3] !== channels;
  const values = isFirst ? channelsFirst({ shape: own, data }) : data;
  return {
    shape: isFirst ? [n, channels, rows, columns] : own,
    dtype,
    data: ofType(dtype, shifted(values, ownType, dtype)),
  };
}

/**
 * The output of a slot's size, as the program has it. Where all outputs of the file are taken, a task asks
 * for logits beside 8-bit probabilities, to order classes of one probability: those are all alike then.
 */
function taken(left, { shape, dtype }) {
  const length = shape.reduce((a, b) => a * b, 1);
  if (left.length === 0) return ofType(dtype, length);
  const index = left.findIndex(({ data }) => data.length === length);
  if (index < 0) {
    const others = left.map((output) => output.shape.join("×")).join(", ");
    throw new Error(`outputs of other shapes: ${shape.join("×")} here, ${others} there`);
  }
  const [found] = left.splice(index, 1);
  return ofType(dtype, shifted(channelsLast(found, shape), found.dtype, dtype));
}

/** Codes of the other 8-bit type are 128 apart. */
function shifted(values, from, to) {
  if (from === to) return values;
  if (from === "float32" || to === "float32") throw new Error(`${from} in place of ${to}`);
  return Int16Array.from(values, (code) => code + (to === "int8" ? -128 : 128));
}
