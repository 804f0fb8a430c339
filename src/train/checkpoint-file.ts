/**
 * A checkpoint's bytes: a safetensors file whose metadata begin with a checksum of the whole file, so
 * that of a damaged one nothing is believed, and the version of what it holds.
 */
import { MobileNetError } from "../errors.ts";
import { crc32 } from "../formats/crc32.ts";
import { isRecord } from "../formats/files.ts";
import { readSafetensors, type Safetensors, writeSafetensors } from "../formats/safetensors.ts";
import { quote } from "../untrusted.ts";

const version = 2;

/** How the header begins; the checksum follows in hexadecimal. Itself it counts as zeros. */
const beginning = new TextEncoder().encode('{"__metadata__":{"checksum":"');
const unset = "00000000";

/** Behind the header's length. */
const checksumAt = 8 + beginning.length;

/** Tensors and texts as a checkpoint's bytes. */
export function sealCheckpoint({ tensors, metadata }: Safetensors): Uint8Array<ArrayBuffer> {
  const whole = { checksum: unset, version: `${version}`, ...metadata };
  const bytes = writeSafetensors({ tensors, metadata: whole });
  bytes.set(new TextEncoder().encode(hexadecimal(crc32(bytes))), checksumAt);
  return bytes;
}

/**
 * What a checkpoint's bytes hold.
 *
 * @throws MobileNetError `invalid-model` where it is damaged, `unsupported` where it is of another version.
 */
export function openCheckpoint(bytes: Uint8Array): Safetensors {
  if (!isWhole(bytes)) throw isFirstVersion(bytes) ? otherVersion("1") : changed();
  const contents = readSafetensors(bytes, "checkpoint");
  const found = contents.metadata["version"];
  if (found !== `${version}`) throw otherVersion(found);
  return contents;
}

/** An error of a checkpoint that holds something else than a run's state. */
export function damagedCheckpoint(
  node: string,
  expected: string,
  received: string,
): MobileNetError {
  return new MobileNetError("invalid-model", "the checkpoint is damaged", {
    ...{ node, expected, received },
    remedy: "Begin anew: without `resume`, or with --force instead of --resume.",
  });
}

function changed(): MobileNetError {
  const expected = "the bytes that a run has written";
  return damagedCheckpoint("checkpoint", expected, "others, which its checksum does not fit");
}

function isWhole(bytes: Uint8Array): boolean {
  const end = checksumAt + unset.length;
  if (bytes.length < end) return false;
  if (beginning.some((byte, i) => bytes[8 + i] !== byte)) return false;
  const copy = bytes.slice();
  copy.set(new TextEncoder().encode(unset), checksumAt);
  return new TextDecoder().decode(bytes.subarray(checksumAt, end)) === hexadecimal(crc32(copy));
}

function hexadecimal(checksum: number): string {
  return checksum.toString(16).padStart(unset.length, "0");
}

/** Version 1 had no checksum, and its number among the run's. */
function isFirstVersion(bytes: Uint8Array): boolean {
  try {
    const { checksum, state = "" } = readSafetensors(bytes).metadata;
    const numbers: unknown = JSON.parse(state);
    return checksum === undefined && isRecord(numbers) && numbers["version"] === 1;
  } catch {
    return false;
  }
}

function otherVersion(found: string | undefined): MobileNetError {
  const isLater = Number(found) > version;
  return new MobileNetError("unsupported", "the checkpoint is of another version", {
    node: "checkpoint",
    expected: `version ${version}`,
    received: `version ${found === undefined ? "unknown" : quote(found)}`,
    remedy: isLater
      ? "Install a later mobilenetv2, which wrote it."
      : "Go on with the earlier mobilenetv2 that wrote it, or begin anew: without `resume`, or with --force instead of --resume.",
  });
}
