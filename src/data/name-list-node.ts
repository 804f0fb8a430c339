/** Lists of pictures: a name a line, without its ending, as PASCAL VOC keeps them. */
import { readText } from "../disk/read-node.ts";
import { invalidData, pathInside } from "./data-error.ts";
import { linesOf } from "./lines.ts";

/** A name, and where it stands. */
export interface ListedName {
  readonly name: string;
  readonly place: string;
}

/**
 * The names of a list; lines that begin with `#` are passed over.
 *
 * @throws MobileNetError `invalid-data` where there is none, or one leads out of the data set.
 */
export async function readNames(list: string): Promise<readonly ListedName[]> {
  const names: ListedName[] = [];
  for (const [line, number] of linesOf(await readText(list))) {
    if (line.startsWith("#")) continue;
    const place = `${list}, line ${number}`;
    names.push({ name: pathInside(line, place), place });
  }
  if (names.length === 0) throw invalidData(list, "the list has no names");
  return names;
}
