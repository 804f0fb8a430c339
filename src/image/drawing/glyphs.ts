/**
 * A TrueType font read as far as labels need it: which characters it has, how far each moves the pen, and
 * the outlines of their letters. Outlines are drawn as they are, unhinted and without kerning.
 */
import { MobileNetError } from "../../errors.ts";
import { quote } from "../../untrusted.ts";
import type { Edges } from "./fill-pixels.ts";

/** A font's tables by their names, as the file has them. */
export type FontTables = ReadonlyMap<string, Uint8Array>;

/** Where a text begins: at its left end, on the line that its letters stand on. */
export interface TextStart {
  readonly x: number;
  readonly baseline: number;
  /** The letters' height in pixels. */
  readonly font: number;
}

/** A font in outlines. */
export interface OutlineFont {
  /** Of a capital letter, as a part of the letters' height. */
  readonly capital: number;
  has(character: string): boolean;
  /** The width of a text in letters of height 1. What it has no character for has none. */
  width(text: string): number;
  /** The outlines of a text's letters. */
  edges(text: string, start: TextStart): Edges;
}

/**
 * Reads a font, all of it at once, so that a damaged one is known before anything is written with it.
 *
 * @throws RangeError where a table is missing or cut short; MobileNetError `io` where it says what no font does.
 */
export function readFont(tables: FontTables): OutlineFont {
  const head = table(tables, "head");
  const unit = 1 / within(head.getUint16(18), [16, 16_384], "units of the em square");
  const metrics = table(tables, "hmtx");
  const measured = table(tables, "hhea").getUint16(34);
  const outlines = new GlyphOutlines(tables, head.getInt16(50) === 1);
  const letters = new Map<number, Letter>();
  for (const [code, glyph] of readCharacters(table(tables, "cmap"))) {
    const advance = metrics.getUint16(4 * Math.min(glyph, measured - 1)) * unit;
    letters.set(code, { advance, contours: outlines.of(glyph) });
  }
  const known = (text: string): readonly Letter[] =>
    Array.from(text).flatMap((character) => letters.get(character.codePointAt(0)!) ?? []);
  return {
    capital: unit * within(table(tables, "OS/2").getInt16(88), [1, 2 / unit], "capitals' height"),
    has: (character) => letters.has(character.codePointAt(0)!),
    width: (text) => known(text).reduce((sum, { advance }) => sum + advance, 0),
    edges: (text, { x, baseline, font }) => {
      const edges: number[] = [];
      let pen = x;
      for (const { advance, contours } of known(text)) {
        for (const contour of contours) {
          addContour(edges, contour, { x: pen, baseline, scale: unit * font });
        }
        pen += advance * font;
      }
      return edges;
    },
  };
}

/** A character's width, in letters of height 1, and its outlines, in the font's units. */
interface Letter {
  readonly advance: number;
  readonly contours: readonly (readonly Point[])[];
}

function table(tables: FontTables, name: string): DataView {
  const bytes = tables.get(name) ?? new Uint8Array(0);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A part of a table, beyond which nothing can be read; it must lie in the table. */
function partOf(view: DataView, at: number, end: number): DataView {
  if (at > end || end > view.byteLength) {
    throw new MobileNetError("io", "a part of the font lies outside its table", {
      expected: `bytes from 0 to ${view.byteLength}`,
      received: `${at} to ${end}`,
    });
  }
  return new DataView(view.buffer, view.byteOffset + at, end - at);
}

/** A number that a font may have. */
function within(
  value: number,
  [least, most]: readonly [least: number, most: number],
  what: string,
): number {
  if (value >= least && value <= most) return value;
  throw new MobileNetError("io", `the font's ${what} is none`, {
    expected: `${least} to ${most}`,
    received: quote(value),
  });
}

/** Glyphs by code points, of the first table for the Basic Multilingual Plane (format 4). */
function readCharacters(cmap: DataView): ReadonlyMap<number, number> {
  const glyphs = new Map<number, number>();
  for (let i = 0; i < cmap.getUint16(2); i++) {
    const at = cmap.getUint32(8 + 8 * i);
    if (cmap.getUint16(at) !== 4) continue;
    const ranges = partOf(cmap, at, at + cmap.getUint16(at + 2));
    const size = ranges.getUint16(6);
    let before = -1;
    for (let range = 0; range < size; range += 2) {
      const end = ranges.getUint16(14 + range);
      const start = ranges.getUint16(16 + size + range);
      const delta = ranges.getUint16(16 + 2 * size + range);
      const offsetAt = 16 + 3 * size + range;
      const offset = ranges.getUint16(offsetAt);
      // In order, as they have to be, so that no character is looked at twice.
      within(start, [before + 1, end], "next character");
      before = end;
      // The last range, of 0xffff alone, ends the list.
      for (let code = start; code <= end && code < 0xffff; code++) {
        const listed =
          offset === 0 ? code : ranges.getUint16(offsetAt + offset + 2 * (code - start));
        const glyph = listed === 0 && offset > 0 ? 0 : (listed + delta) & 0xffff;
        if (glyph > 0) glyphs.set(code, glyph);
      }
    }
    return glyphs;
  }
  return glyphs;
}

/** A point of an outline in the font's units, `y` upwards; those off the line bend it. */
interface Point {
  readonly x: number;
  readonly y: number;
  readonly on: boolean;
}

/** The bits of a point and of a part. */
const point = { on: 1, shortX: 2, shortY: 4, repeated: 8, sameX: 16, sameY: 32 } as const;
const part = { words: 1, offsets: 2, scaled: 0b1100_1000, more: 32 } as const;

/** Points and parts of all letters together: some fifty times those of the font of labels. */
const mostPoints = 1_000_000;

/** Units from a glyph's origin: what a point may be placed at. */
const reach = [-32_768, 32_767] as const;

/** The outlines of a font's glyphs. */
class GlyphOutlines {
  readonly #glyf: DataView;
  readonly #loca: DataView;
  readonly #long: boolean;
  #points = 0;

  constructor(tables: FontTables, long: boolean) {
    this.#glyf = table(tables, "glyf");
    this.#loca = table(tables, "loca");
    this.#long = long;
  }

  of(glyph: number, depth = 0): readonly (readonly Point[])[] {
    const outline = partOf(this.#glyf, this.#offset(glyph), this.#offset(glyph + 1));
    if (outline.byteLength === 0) return [];
    return outline.getInt16(0) >= 0 ? this.#simple(outline) : this.#composed(outline, depth);
  }

  /** A few bytes may stand for many points, and a glyph for many others. */
  #spend(points: number): void {
    this.#points += points;
    within(this.#points, [0, mostPoints], "number of points");
  }

  #offset(glyph: number): number {
    return this.#long ? this.#loca.getUint32(4 * glyph) : 2 * this.#loca.getUint16(2 * glyph);
  }

  #simple(glyf: DataView): readonly (readonly Point[])[] {
    const contours = glyf.getInt16(0);
    const ends: number[] = [];
    for (let i = 0; i < contours; i++) {
      ends.push(within(glyf.getUint16(10 + 2 * i), [ends.at(-1) ?? 0, 0xffff], "last point"));
    }
    const count = (ends.at(-1) ?? -1) + 1;
    this.#spend(count);
    const instructions = 10 + 2 * contours;
    let at = instructions + 2 + glyf.getUint16(instructions);
    const flags: number[] = [];
    while (flags.length < count) {
      const flag = glyf.getUint8(at++);
      const times = flag & point.repeated ? glyf.getUint8(at++) + 1 : 1;
      for (let i = 0; i < times; i++) flags.push(flag);
    }
    const coordinates = (short: number, same: number): readonly number[] => {
      let value = 0;
      return flags.slice(0, count).map((flag) => {
        if (flag & short) value += flag & same ? glyf.getUint8(at++) : -glyf.getUint8(at++);
        else if (!(flag & same)) {
          value += glyf.getInt16(at);
          at += 2;
        }
        return within(value, reach, "point");
      });
    };
    const across = coordinates(point.shortX, point.sameX);
    const up = coordinates(point.shortY, point.sameY);
    const points = across.map((x, i) => ({ x, y: up[i]!, on: (flags[i]! & point.on) !== 0 }));
    return ends.map((end, i) => points.slice((ends[i - 1] ?? -1) + 1, end + 1));
  }

  /** Letters with accents: other glyphs, moved. */
  #composed(glyf: DataView, depth: number): readonly (readonly Point[])[] {
    const contours: (readonly Point[])[] = [];
    for (let at = 10, flags: number = part.more; flags & part.more; ) {
      flags = glyf.getUint16(at);
      // The font of labels has no parts that are scaled or hung on points.
      if (flags & part.scaled || !(flags & part.offsets) || depth > 4) break;
      this.#spend(1);
      const words = (flags & part.words) !== 0;
      const [dx, dy] = words
        ? [glyf.getInt16(at + 4), glyf.getInt16(at + 6)]
        : [glyf.getInt8(at + 4), glyf.getInt8(at + 5)];
      for (const contour of this.of(glyf.getUint16(at + 2), depth + 1)) {
        contours.push(contour.map(({ x, y, on }) => ({ x: x + dx, y: y + dy, on })));
      }
      at += words ? 8 : 6;
    }
    return contours;
  }
}

/** Where a glyph stands, and pixels for a unit of the font. */
interface GlyphPlace {
  readonly x: number;
  readonly baseline: number;
  readonly scale: number;
}

/** Adds a closed outline, its bends as short straight edges. */
function addContour(
  edges: number[],
  points: readonly Point[],
  { x, baseline, scale }: GlyphPlace,
): void {
  const whole: Point[] = [];
  points.forEach((point, i) => {
    const last = points.at(i - 1)!;
    // Between two points off the line lies one on it.
    if (!(last.on || point.on)) whole.push(placed((last.x + point.x) / 2, (last.y + point.y) / 2));
    whole.push(placed(point.x, point.y, point.on));
  });
  const start = whole.findIndex(({ on }) => on);
  if (start < 0) return;
  let from = whole[start]!;
  for (let i = 1; i <= whole.length; i++) {
    const next = whole[(start + i) % whole.length]!;
    if (next.on) {
      edges.push(from.x, from.y, next.x, next.y);
      from = next;
      continue;
    }
    const to = whole[(start + ++i) % whole.length]!;
    addBend(edges, { from, by: next, to });
    from = to;
  }

  function placed(across: number, up: number, on = true): Point {
    return { x: x + across * scale, y: baseline - up * scale, on };
  }
}

/** A quadratic curve, to a twentieth of a pixel. */
function addBend(
  edges: number[],
  { from, by, to }: { readonly from: Point; readonly by: Point; readonly to: Point },
): void {
  const bend = Math.hypot(from.x - 2 * by.x + to.x, from.y - 2 * by.y + to.y);
  const count = Math.max(1, Math.ceil(Math.sqrt(5 * bend)));
  let [x, y] = [from.x, from.y];
  for (let i = 1; i <= count; i++) {
    const t = i / count;
    const [a, b, c] = [(1 - t) ** 2, 2 * t * (1 - t), t * t];
    const [nextX, nextY] = [a * from.x + b * by.x + c * to.x, a * from.y + b * by.y + c * to.y];
    edges.push(x, y, nextX, nextY);
    [x, y] = [nextX, nextY];
  }
}
