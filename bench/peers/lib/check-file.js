/**
 * One model file, here and in a peer: the same values at the network's input, a seeded random picture
 * and stored ones, and how far the raw outputs are apart. Peers run in processes of their own with a time
 * limit, since a file may make them crash or hang.
 */
import { copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import {
  channelsFirst,
  compareClasses,
  compareDetections,
  compareOutput,
  largestOf,
} from "./agreement.js";
import { picturesFor } from "./model-files.js";
import { floatTolerance, OwnNetwork } from "./own-network.js";
import { startParticipant } from "./participant.js";
import { ofType, packTensor, unpackTensor } from "./tensors.js";

/** What an engine may take for opening a file, or for a run. */
const limitMs = 180_000;

/**
 * Checks a file.
 *
 * @param entry - From `findModelFiles`.
 * @param context - `library`, its `dist`, `Random`, and a folder `cache` below the project's.
 * @returns The model and its inspection where it is read here, the peer that ran it, comparisons by
 *   picture, and errors.
 */
export async function checkFile(entry, context) {
  const { library } = context;
  const row = { ...entry, comparisons: [], errors: [], inspection: { assumptions: [] } };
  let own;
  try {
    row.inspection = await library.inspectModel(entry.file);
    own = await OwnNetwork.open(library, entry.file);
    row.model = own.model;
  } catch (error) {
    row.ownError = error.message;
  }
  const pictures = own === undefined ? [] : await picturesOf(own.model, entry, context);
  for (const peer of entry.peers) {
    try {
      Object.assign(row, await besidePeer(peer, entry, { own, pictures, ...context }));
      break;
    } catch (error) {
      row.errors.push({ peer, message: error.message.split("\n")[0] });
    }
  }
  if (row.peer === undefined) {
    for (const picture of pictures) {
      const found = await besideStored(own, picture, context);
      if (found !== undefined) row.comparisons.push(found);
    }
  }
  return row;
}

/** Compares with a few stored values, which have five decimals. */
async function besideStored(own, { image, expected }, { library }) {
  if (expected === undefined || !Array.isArray(expected[0])) return undefined;
  const [output] = await own.outputsFor(image);
  const data = expected.map(([index]) => output.data[index]);
  const ours = { ...output, data, ending: undefined };
  const theirs = { shape: [], dtype: output.dtype, data: expected.map(([, value]) => value) };
  const found = compareOutput(ours, theirs, await toleranceOf(own, image, library));
  if (found.kind === "values") found.tolerance += 5e-6 / largestOf(theirs.data);
  return found;
}

/** A seeded random picture of the network's size, and the stored ones. */
async function picturesOf({ preprocess }, { stored }, { library, Random }) {
  const { width, height } = preprocess;
  const random = new Random(1, 2);
  const data = Uint8Array.from({ length: width * height * 3 }, () => 256 * random.uniform());
  const all = [{ image: { width, height, data } }];
  if (width !== height) return all;
  for (const { path, expected } of await picturesFor(stored, width)) {
    all.push({ expected, image: await library.decodeImage(await readFile(path)) });
  }
  return all;
}

/** Comparisons with a peer; none where the file is not read here, so that only the peer's end is tried. */
async function besidePeer(peer, { file }, { own, pictures, ...context }) {
  const { dist, cache, library } = context;
  const isPage = peer.host === "chromium";
  // The server of the page gives files below the project only.
  const folder = isPage ? await mkdtemp(join(cache, "file-")) : dirname(file);
  if (isPage) await copyFile(file, join(folder, basename(file)));
  let participant;
  try {
    participant = await startParticipant(
      { id: peer.name, host: peer.host },
      { folder, dist, limitMs },
    );
    const { module } = peer;
    const { input, description } = await participant.send("open", { module, file: basename(file) });
    const comparisons = [];
    for (const { image } of pictures) {
      const fed = inputFor(await own.inputFor(image), input, own.model);
      const answers = await participant.send("infer", { input: packTensor(fed) });
      const theirs = answers.map(unpackTensor);
      comparisons.push(...(await compare(own, { image, theirs, library })));
    }
    return { comparisons, peer, detail: description };
  } finally {
    await participant?.stop();
    if (isPage) await rm(folder, { recursive: true });
  }
}

/**
 * What the peer's input takes for what ours holds. Arithmetic on the picture at a file's beginning may
 * be part of the preparation of pictures here; then the peer gets what stands before it.
 */
function inputFor(own, { shape = [], dtype, front }, { preprocess, origin }) {
  const channels = own.shape[3];
  const at = (list, i) => list[i % channels] ?? list[0];
  const inverse = ({ scale, offset }) =>
    own.data.map((value, i) => (value - at(offset, i)) / at(scale, i));
  let data = own.data;
  if (own.dtype !== dtype && own.dtype !== "float32") {
    const shift = dtype === "int8" ? -128 : 128;
    data = Int32Array.from(own.data, (code) => code + shift);
  } else if (own.dtype === "float32" && dtype !== "float32") {
    // Whole numbers are a picture's bytes.
    data = inverse(preprocess).map(Math.round);
  } else if (front?.layer !== undefined && origin?.range?.startsWith(front.layer)) {
    data = inverse(preprocess);
  } else if (origin?.range?.startsWith("the graph's scale and offset")) {
    if (front === undefined) throw new Error("the arithmetic behind its input was not found");
    data = inverse(front);
  }
  const isFirst = shape.length === 4 && shape[1] === channels && shape[3] !== channels;
  const [n, rows, columns] = own.shape;
  return {
    shape: isFirst ? [n, channels, rows, columns] : own.shape,
    dtype,
    data: ofType(dtype, isFirst ? channelsFirst({ ...own, data }) : data),
  };
}

/** Our outputs beside theirs. */
async function compare(own, { image, theirs, library }) {
  const { task, detection, preprocess } = own.model;
  const hasAnchors = task === "detect" && detection.kind !== "grid";
  if (hasAnchors && theirs.length === 4) {
    const { scoreThreshold, maxDetections } = detection;
    const answer = await own.answerFor(image, { scoreThreshold, maxDetections });
    return [compareDetections(answer, theirs, scoreThreshold)];
  }
  const [first] = theirs;
  const isOne = task === "segment" && theirs.length === 1;
  if (isOne && first.data.length === preprocess.height * preprocess.width) {
    const { classMap } = await own.answerFor(image, {});
    return [compareClasses(classMap, first)];
  }
  const size = isOne ? first.shape.slice(1, 3) : undefined;
  const outputs = await own.outputsFor(image, size);
  // Files that this library described give what its network gives.
  const isRaw = own.model.origin?.range === "the file's mobilenetv2 metadata";
  const ours = hasAnchors && !isRaw ? decoded(outputs, own.model, library) : outputs;
  const tolerance = await toleranceOf(own, image, library);
  const left = [...theirs];
  return ours.map((output) => {
    const index = left.findIndex(({ data }) => data.length === output.data.length);
    if (index < 0) {
      const shapes = theirs.map(({ shape }) => shape.join("×")).join(", ");
      throw new Error(`outputs of other shapes: ${output.shape.join("×")} here, ${shapes} there`);
    }
    const [found] = left.splice(index, 1);
    return compareOutput(output, found, tolerance);
  });
}

/** Boxes and scores as graphs of the Object Detection API give them: decoded, without the background. */
function decoded([encodings, scores], { detection, labels }, { decodeBoxes, generateAnchors }) {
  const { anchors: settings, boxCoder } = detection;
  const anchors = settings.boxes ?? generateAnchors(settings);
  const columns = scores.data.length / (anchors.length / 4);
  const first = columns - labels.length;
  return [
    { ...encodings, data: decodeBoxes(encodings.data, { anchors, boxCoder }) },
    { ...scores, data: scores.data.filter((_, i) => i % columns >= first) },
  ];
}

/** The tolerance of values; codes need none. */
async function toleranceOf(own, image, library) {
  return floatTolerance(library, own.model) * Math.max(1, await own.amplification(image));
}
