/** The options of what is looked at of a picture: a region of it, and tiles. */
import type { Rectangle } from "../image/image.ts";
import type { Tiles } from "../tasks/parts/tiles.ts";
import { badOptionValue, type Option, valued } from "./options.ts";

/** The part of each picture that a command is about. */
export const regionOption: Option<Rectangle | undefined> = valued(
  {
    placeholder: "X,Y,W,H",
    description: "Look at this part of each picture only, in pixels from its upper left corner",
  },
  (given, name) => {
    const numbers = given.split(",").map((part) => part.trim());
    const [x = 0, y = 0, width = 0, height = 0] = numbers.map(Number);
    const plain = numbers.length === 4 && numbers.every((part) => /^-?\d{1,9}(\.\d+)?$/.test(part));
    if (!plain || !(width > 0 && height > 0)) {
      throw badOptionValue(name, "four numbers X,Y,W,H with W and H above 0", given);
    }
    return { x, y, width, height };
  },
);

/** The tiles that a picture is divided into. */
export const tilesOption: Option<Tiles | undefined> = valued(
  {
    placeholder: "auto|N|CxR",
    description:
      "Also look at overlapping tiles, for small objects and panoramas: as the network sees them, of N pixels, or C across and R down",
    shownDefault: "the whole picture only",
  },
  (given, name) => {
    if (given === "auto") return "auto";
    const [, columns = "", rows] = /^(\d{1,5})(?:[x×](\d{1,5}))?$/i.exec(given) ?? [];
    const numbers = [Number(columns), Number(rows ?? 1)] as const;
    const [least, most] = rows === undefined ? [16, 65_535] : [1, 1024];
    if (columns === "" || numbers[0] < least || numbers.some((n) => n < 1 || n > most)) {
      throw badOptionValue(name, "auto, the edge of a tile from 16 on, or CxR", given);
    }
    return rows === undefined ? numbers[0] : { columns: numbers[0], rows: numbers[1] };
  },
);
