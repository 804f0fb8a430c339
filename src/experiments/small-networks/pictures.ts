/** The pictures that small networks are trained on: CIFAR-10, or drawings where seconds must do. */
import { Random } from "../../random.ts";
import { cifar10DataSet, type DataSet, type Pictures, somePictures } from "../../train/index.ts";

/** Which pictures, and how many. */
export type PictureSettings = {
  readonly data: "cifar10" | "drawings";
  readonly resolution: number;
  /** To train with, and to test on. */
  readonly training: number;
  readonly tested: number;
};

/** So that these streams are nobody else's. */
const streams = 0x6472;

/** The data set of some settings; CIFAR-10 is downloaded once, 139 MB. */
export async function openPictures(
  { data, resolution, training, tested }: PictureSettings,
  signal?: AbortSignal,
): Promise<DataSet> {
  if (data === "drawings") {
    return {
      name: data,
      classes: drawingClasses,
      training: drawings(resolution, training, 1),
      validation: drawings(resolution, tested, 2),
    };
  }
  const all = await cifar10DataSet(signal ? { signal } : {});
  const some = (pictures: Pictures, most: number): Pictures =>
    most < pictures.count ? somePictures(pictures, most, 1) : pictures;
  return {
    ...all,
    training: some(all.training, training),
    validation: some(all.validation, tested),
  };
}

const shapes = ["disc", "ring", "square", "cross", "stripes"] as const;

const drawingClasses = shapes.flatMap((shape) => [`${shape} small`, `${shape} large`]);

/** Shapes of two sizes at random places, in random colours on random grounds, under noise. */
function drawings(edge: number, count: number, part: number): Pictures {
  const label = (index: number): number => index % drawingClasses.length;
  return {
    count,
    name: (index) => `drawing ${part}/${index}`,
    label,
    picture: async (index) => {
      const random = new Random(streams, part, index, edge);
      const shape = shapes[label(index) >> 1]!;
      const radius = edge * (label(index) % 2 === 0 ? 0.18 : 0.34) * random.between(0.9, 1.1);
      const [x, y] = [random.between(0.4, 0.6) * edge, random.between(0.4, 0.6) * edge];
      const color = [0, 1, 2].map(() => random.between(0, 255));
      const ground = color.map((value) => (value + random.between(80, 175)) % 256);
      const data = new Uint8Array(edge * edge * 3);
      for (let i = 0; i < edge * edge; i++) {
        const [dx, dy] = [(i % edge) + 0.5 - x, Math.floor(i / edge) + 0.5 - y];
        const from = isInside(shape, dx / radius, dy / radius) ? color : ground;
        for (let c = 0; c < 3; c++) {
          data[3 * i + c] = Math.min(255, Math.max(0, from[c]! + 20 * random.normal()));
        }
      }
      return { width: edge, height: edge, data };
    },
  };
}

/** Whether a place, in units of the shape's radius from its middle, belongs to it. */
function isInside(shape: (typeof shapes)[number], x: number, y: number): boolean {
  const [across, up] = [Math.abs(x), Math.abs(y)];
  const distance = Math.hypot(x, y);
  switch (shape) {
    case "disc":
      return distance < 1;
    case "ring":
      return distance < 1 && distance > 0.55;
    case "square":
      return Math.max(across, up) < 0.9;
    case "cross":
      return Math.min(across, up) < 0.3 && Math.max(across, up) < 1;
    case "stripes":
      return Math.max(across, up) < 1 && Math.abs(x % 0.5) < 0.25;
  }
}
