/**
 * PyTorch's files: a zip with a pickle and one entry a storage (since PyTorch 1.6), or, before that,
 * five pickles one after another and the storages behind them. The still older tar is refused with the
 * way to convert it.
 */
import { MobileNetError } from "../../errors.ts";
import { isNumberIn, quote } from "../../untrusted.ts";
import { decodeText, invalidModel } from "../files.ts";
import { numberBytes } from "../numbers.ts";
import { isCheckpoint, isZip } from "./begins.ts";
import { ByteReader } from "./byte-reader.ts";
import { type PickleMeaning, readPickle } from "./pickle.ts";
import { checkpointMeaning, type TorchStorage } from "./storages.ts";
import { readStoredZip } from "./stored-zip.ts";

/** What torch.save was given, and the bytes of its storages. */
export interface TorchFile {
  readonly root: unknown;
  readonly storages: (storage: TorchStorage) => Uint8Array | undefined;
  /** What is unusual. */
  readonly notes: readonly string[];
}

/** The number with which files before PyTorch 1.6 begin, as a pickle. */
const legacyMagic = 0x1950a86a20f9469cfc6cn;
const legacyProtocol = 1001;

/** A pickle of texts alone: how a tar's members and Python's older pickles begin. */
const convert =
  'Convert it in Python: torch.save(torch.load("old.pth", map_location="cpu"), "new.pth").';

/**
 * What a file holds.
 *
 * @throws MobileNetError `invalid-model` where it is damaged, `unsupported` where it is of another kind.
 */
export function readTorchFile(bytes: Uint8Array, place: string): TorchFile {
  if (isZip(bytes)) return readZip(bytes, place);
  if (isCheckpoint(bytes)) return readLegacy(bytes, place);
  const isTar = decodeText(bytes.subarray(257, 262)) === "ustar";
  throw new MobileNetError(
    "unsupported",
    isTar ? "PyTorch's oldest kind of file, a tar, is not read" : "this is no file of PyTorch's",
    {
      node: place,
      expected: "a zip, as torch.save writes it",
      received: isTar ? "a tar" : `bytes that begin ${quote([...bytes.subarray(0, 4)])}`,
      remedy: isTar || bytes[0] === 0x80 ? convert : undefined,
    },
  );
}

function readZip(bytes: Uint8Array, place: string): TorchFile {
  const entries = readStoredZip(bytes, place);
  const [path, ...others] = [...entries.keys()].filter((name) => /(?:^|\/)data\.pkl$/.test(name));
  if (path === undefined || others.length > 0) {
    throw new MobileNetError("unsupported", "the archive is none of PyTorch's", {
      node: place,
      expected: "one data.pkl in it",
      received: quote([...entries.keys()]),
    });
  }
  const root = path.slice(0, -"data.pkl".length);
  const pickle = entries.get(path);
  if (pickle === undefined) {
    throw new MobileNetError("unsupported", "an entry of the archive is compressed", {
      node: place,
      expected: "entries as torch.save stores them",
      received: quote(path),
      remedy: "Save the model's state_dict with torch.save again.",
    });
  }
  const order = entries.get(`${root}byteorder`);
  if (order !== undefined && decodeText(order).trim() !== "little") {
    throw new MobileNetError("unsupported", "the numbers' byte order is not read", {
      node: place,
      expected: "little",
      received: quote(decodeText(order.subarray(0, 20))),
    });
  }
  const program = [...entries.keys()].some((name) => name.startsWith(`${root}code/`));
  const reader = new ByteReader(pickle, `${place}, ${path}`);
  return {
    root: readPickle(reader, checkpointMeaning(place)),
    storages: ({ key }) => entries.get(`${root}data/${key}`),
    notes: program ? ["the file's program is not read: its weights' names tell the network"] : [],
  };
}

/** Magic, protocol, machine, the object, the storages' keys; then each storage: its count and numbers. */
function readLegacy(bytes: Uint8Array, place: string): TorchFile {
  const reader = new ByteReader(bytes, place);
  const plain: PickleMeaning = { calls: {}, outside: () => undefined };
  const [magic, protocol] = [readPickle(reader, plain), readPickle(reader, plain)];
  if (magic !== legacyMagic || protocol !== legacyProtocol) {
    throw new MobileNetError("unsupported", "this kind of pickle is not read", {
      node: place,
      expected: "a file that torch.save wrote",
      received: quote(magic),
      remedy: convert,
    });
  }
  const machine = readPickle(reader, plain);
  if (machine instanceof Map && machine.get("little_endian") !== true) {
    throw invalidModel(place, "the numbers' byte order is not read", "little", "big");
  }
  const named = new Map<string, TorchStorage>();
  const meaning = checkpointMeaning(place, (storage) => void named.set(storage.key, storage));
  const root = readPickle(reader, meaning);
  const keys = readPickle(reader, plain);
  if (!Array.isArray(keys)) throw invalidModel(place, "the file is damaged", "keys", quote(keys));
  const storages = new Map<string, Uint8Array>();
  for (const key of keys) {
    const storage = typeof key === "string" ? named.get(key) : undefined;
    const size = storage?.type === undefined ? undefined : numberBytes[storage.type];
    if (typeof key !== "string" || size === undefined) {
      throw invalidModel(place, "a storage cannot be read", "a known type", quote(key));
    }
    const count = reader.uint64();
    if (!isNumberIn(count, 0, bytes.length)) {
      throw invalidModel(place, "the file is damaged", "a storage's count", quote(count));
    }
    storages.set(key, reader.bytes(count * size));
  }
  return { root, storages: ({ key }) => storages.get(key), notes: [] };
}
