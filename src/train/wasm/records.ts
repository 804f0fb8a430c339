/** Records as the training kernels read them: the classes in assembly/train/, most of them in rows. */
import { type SomeFields, wordNames, writeFields } from "../../backends/wasm/record.ts";
import { type Records, records } from "./records.generated.ts";

/** What a record is of. */
export type RecordName = keyof Records;

/** Numbers and addresses by field; those left out keep what they have, 0 at first. */
export type Fields<Name extends RecordName> = SomeFields<Records[Name]>;

/** Values of 4 bytes in a record. */
export function recordSize(name: RecordName): number {
  return wordNames(records, name).length;
}

/** Bytes from one record to the next where several stand together: whole cache lines. */
export function recordPitch(name: RecordName): number {
  return Math.ceil((recordSize(name) * 4) / 64) * 64;
}

/** Writes fields of the record at an address. */
export function writeRecord<Name extends RecordName>(
  memory: ArrayBufferLike,
  name: Name,
  address: number,
  values: Fields<Name>,
): void {
  writeFields(memory, records, name, address, values);
}
