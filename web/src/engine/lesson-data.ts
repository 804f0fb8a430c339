/** Examples as a data set of the library: divided, and decoded when they are first wanted. */
import { decodeImage, type RgbImage } from "mobilenetv2";
import { type DataSet, type Pictures, Random } from "mobilenetv2/train";
import { heldOf, type Lesson } from "./teach-api.ts";

/** Bytes of decoded pictures that are kept: some five hundred at the size of examples. */
const mostDecoded = 128e6;

interface Labelled {
  readonly name: string;
  readonly label: number;
  readonly file: Blob;
}

/** The data of a lesson. */
export interface LessonData {
  readonly data: DataSet;
  /** Of each class, how many are trained on. */
  readonly counts: readonly number[];
  /** Pictures that are judged by and not trained on; with none, the judged ones are trained on. */
  readonly held: number;
}

/** Divides the examples; where a class has too few to hold one back, all of them are trained on. */
export function lessonData({ classes }: Lesson): LessonData {
  const enough = classes.every(({ examples }) => examples.length >= heldOf);
  const parts = classes.map(({ name, examples }, label) => {
    const order = new Random(1, label).permutation(examples.length);
    const pictures = Array.from(order, (index): Labelled => {
      return { name: `${name} ${index + 1}`, label, file: examples[index]! };
    });
    const held = enough ? Math.floor(pictures.length / heldOf) : 0;
    return { held: pictures.slice(0, held), trained: pictures.slice(held) };
  });
  const trained = parts.flatMap((part) => part.trained);
  const held = parts.flatMap((part) => part.held);
  const decode = decoder();
  const training = picturesOf(trained, decode);
  const validation = held.length > 0 ? picturesOf(held, decode) : training;
  const names = classes.map(({ name }) => name);
  return {
    data: { name: "examples", classes: names, training, validation },
    counts: parts.map((part) => part.trained.length),
    held: held.length,
  };
}

function picturesOf(
  pictures: readonly Labelled[],
  decode: (file: Blob) => Promise<RgbImage>,
): Pictures {
  return {
    count: pictures.length,
    name: (index) => pictures[index]!.name,
    label: (index) => pictures[index]!.label,
    picture: (index) => decode(pictures[index]!.file),
  };
}

/** Decodes, and keeps what comes first: every epoch asks for all of them. */
function decoder(): (file: Blob) => Promise<RgbImage> {
  const kept = new Map<Blob, RgbImage>();
  let free = mostDecoded;
  return async (file) => {
    const known = kept.get(file);
    if (known !== undefined) return known;
    const image = await decodeImage(new Uint8Array(await file.arrayBuffer()));
    if (image.data.length <= free && !kept.has(file)) {
      free -= image.data.length;
      kept.set(file, image);
    }
    return image;
  };
}
