/**
 * Object headers: lists of messages that say what a group or a data set is. There are two versions, which
 * differ in how messages are packed; a header may go on elsewhere in the file.
 */
import { Cursor, damaged, type Hdf5Bytes, notRead } from "./cursor.ts";

/** One message: what kind, and where its content lies. */
export interface Message {
  readonly type: number;
  readonly at: number;
  readonly length: number;
}

/** Kinds of messages that are read. */
export const messageTypes = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  link: 0x06,
  layout: 0x08,
  filters: 0x0b,
  attribute: 0x0c,
  continuation: 0x10,
  symbolTable: 0x11,
  attributeInfo: 0x15,
} as const;

/** Headers go on in a few blocks; a chain of more leads in a circle or nowhere. */
const mostBlocks = 1024;

/** More than any object has. */
const mostMessages = 65_536;

/** A stretch of a header. */
interface Block {
  readonly at: number;
  readonly length: number;
}

/** The messages of the object at an address. */
export function readMessages(file: Hdf5Bytes, address: number): readonly Message[] {
  const start = new Cursor(file, address);
  return start.left >= 4 && file.view.getUint32(address, false) === 0x4f484452
    ? newerMessages(file, start)
    : olderMessages(file, start);
}

function olderMessages(file: Hdf5Bytes, start: Cursor): readonly Message[] {
  if (start.uint8() !== 1) throw damaged(file, "an object has no header");
  start.skip(1 + 2 + 4);
  const length = start.uint32();
  start.skip(4);
  return collect(file, { at: start.at, length }, (block, found) => {
    const cursor = new Cursor(file, block.at, block.length);
    while (cursor.left >= 8) {
      const [type, size] = [cursor.uint16(), cursor.uint16()];
      requireUnshared(file, type, cursor.uint8());
      cursor.skip(3);
      found({ type, at: cursor.skip(size), length: size });
    }
  });
}

function newerMessages(file: Hdf5Bytes, start: Cursor): readonly Message[] {
  start.signature("OHDR");
  if (start.uint8() !== 2) throw notRead(file, "an object header of another version");
  const flags = start.uint8();
  if (flags & 0x20) start.skip(16);
  if (flags & 0x10) start.skip(4);
  const length = start.size(2 ** (flags & 3));
  const first = { at: start.at, length };
  const checksum = 4;
  return collect(file, first, (block, found) => {
    const isFirst = block === first;
    const inside = isFirst ? block.length : block.length - checksum;
    const cursor = new Cursor(file, block.at, inside);
    if (!isFirst) cursor.signature("OCHK");
    while (cursor.left >= 4) {
      const [type, size, messageFlags] = [cursor.uint8(), cursor.uint16(), cursor.uint8()];
      requireUnshared(file, type, messageFlags);
      if (flags & 4) cursor.skip(2);
      found({ type, at: cursor.skip(size), length: size });
    }
  });
}

/** All messages, those of blocks elsewhere too. */
function collect(
  file: Hdf5Bytes,
  first: Block,
  read: (block: Block, found: (message: Message) => void) => void,
): readonly Message[] {
  const blocks = [first];
  const messages: Message[] = [];
  // A list is walked to what is added on the way.
  for (const block of blocks) {
    if (blocks.length > mostBlocks) throw damaged(file, "a header has no end");
    read(block, (message) => {
      if (messages.length > mostMessages) throw damaged(file, "a header has no end");
      file.allowance.take(32, file);
      messages.push(message);
      if (message.type !== messageTypes.continuation) return;
      const cursor = new Cursor(file, message.at, message.length);
      blocks.push({ at: cursor.address() ?? 0, length: cursor.size() });
    });
  }
  return messages;
}

/** A message may stand elsewhere, for several objects; of those read here none does in Keras's files. */
function requireUnshared(file: Hdf5Bytes, type: number, flags: number): void {
  const { datatype, dataspace, filters, attribute } = messageTypes;
  const matters = [datatype, dataspace, filters, attribute].some((one) => one === type);
  if ((flags & 2) !== 0 && matters) throw notRead(file, "messages that objects share");
}
