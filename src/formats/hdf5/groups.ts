/**
 * What lies in a group, by name: either a B-tree of symbol tables with their names in a heap, as files
 * have by default, or links in the group's own header.
 */
import { Cursor, damaged, type Hdf5Bytes, notRead } from "./cursor.ts";
import { type Message, messageTypes } from "./messages.ts";

/** A B-tree's nodes and tables: each is visited once, so that a tree cannot be longer than its file. */
const mostNodes = 100_000;

/** The addresses of a group's members by name; undefined where an object is no group. */
export function readMembers(
  file: Hdf5Bytes,
  messages: readonly Message[],
): ReadonlyMap<string, number> | undefined {
  const { symbolTable, link, linkInfo } = messageTypes;
  const table = messages.find(({ type }) => type === symbolTable);
  if (table !== undefined) return readTable(file, new Cursor(file, table.at, table.length));
  const info = messages.find(({ type }) => type === linkInfo);
  if (info === undefined) return undefined;
  requireCompact(file, new Cursor(file, info.at, info.length));
  const members = new Map<string, number>();
  for (const { type, at, length } of messages) {
    if (type !== link) continue;
    const found = readLink(new Cursor(file, at, length));
    if (found !== undefined) members.set(...found);
  }
  return members;
}

/** Links beside the header, in a heap of another kind, come from `track_order` and the newest layouts. */
function requireCompact(file: Hdf5Bytes, cursor: Cursor): void {
  cursor.skip(1);
  if (cursor.uint8() & 1) cursor.skip(8);
  if (cursor.address() !== undefined)
    throw notRead(file, "a group whose links are in a fractal heap");
}

/** A link to an object of the same file; nothing for others, which no Keras file has. */
function readLink(cursor: Cursor): readonly [name: string, address: number] | undefined {
  cursor.skip(1);
  const flags = cursor.uint8();
  const isHard = (flags & 8) === 0 || cursor.uint8() === 0;
  if (flags & 4) cursor.skip(8);
  if (flags & 16) cursor.skip(1);
  const name = cursor.text(cursor.size(2 ** (flags & 3)));
  const address = isHard ? cursor.address() : undefined;
  return address === undefined ? undefined : [name, address];
}

function readTable(file: Hdf5Bytes, cursor: Cursor): ReadonlyMap<string, number> {
  const [tree, heap] = [cursor.address(), cursor.address()];
  if (tree === undefined || heap === undefined) throw damaged(file, "a group has no members");
  const names = readHeap(file, heap);
  const members = new Map<string, number>();
  for (const table of leavesOf(file, tree)) {
    const entries = new Cursor(file, table);
    entries.signature("SNOD");
    entries.skip(2);
    for (let left = entries.uint16(); left > 0; left--) {
      file.allowance.take(64, file);
      const [name, address] = [entries.size(), entries.address()];
      entries.skip(24);
      if (address !== undefined) members.set(names(name), address);
    }
  }
  return members;
}

/** A local heap: the name at an offset in it. */
function readHeap(file: Hdf5Bytes, address: number): (offset: number) => string {
  const cursor = new Cursor(file, address);
  cursor.signature("HEAP");
  cursor.skip(4);
  const [size] = [cursor.size(), cursor.skip(8)];
  const at = cursor.address() ?? -1;
  // Asked for here so that it lies in the file.
  new Cursor(file, at, size);
  const mostName = 4096;
  return (offset) => {
    if (offset >= size) throw damaged(file, "a name is missing");
    return new Cursor(file, at + offset).text(Math.min(size - offset, mostName));
  };
}

/** What a B-tree's lowest nodes point to. */
function leavesOf(file: Hdf5Bytes, root: number): readonly number[] {
  const seen = new Set<number>();
  const leaves: number[] = [];
  const open = [root];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (seen.has(at) || seen.size > mostNodes) throw damaged(file, "a tree leads in a circle");
    seen.add(at);
    const cursor = new Cursor(file, at);
    cursor.signature("TREE");
    if (cursor.uint8() !== 0) throw damaged(file, "a tree is of another kind");
    const level = cursor.uint8();
    const entries = cursor.uint16();
    cursor.skip(16);
    for (let i = 0; i < entries; i++) {
      file.allowance.take(16, file);
      cursor.skip(8);
      const child = cursor.address();
      if (child === undefined) throw damaged(file, "a tree has no members");
      (level === 0 ? leaves : open).push(child);
      if (leaves.length + open.length > mostNodes) throw damaged(file, "a tree has no end");
    }
  }
  return leaves;
}
