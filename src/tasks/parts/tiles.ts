/**
 * A picture in tiles, so that the network sees small objects larger: which tiles, that overlap so that
 * what a seam cuts is whole in a neighbour.
 */
import { having, needed, wholeFrom } from "../../check-fields.ts";
import { MobileNetError } from "../../errors.ts";
import type { ImageSize, Rectangle } from "../../image/image.ts";
import { badValue } from "../../wrong-argument.ts";

/**
 * How a picture is divided: `"auto"` (tiles of the size that the network sees, or larger ones so that
 * there are at most 24), the edge of a tile in the picture's pixels, or so many across and down.
 */
export type Tiles = "auto" | number | { readonly columns: number; readonly rows: number };

/** How much of a tile its neighbour has, too. */
const overlap = 0.25;

/** The most tiles of `"auto"`. */
const mostOfAuto = 24;

/** The most tiles that anybody gets. */
const most = 1024;

const grid = having(
  { columns: needed(wholeFrom(1, most)), rows: needed(wholeFrom(1, most)) },
  "an object with columns and rows",
);

/** Refuses what is no division. */
export function checkTiles(tiles: unknown): asserts tiles is Tiles {
  if (tiles === "auto" || wholeFrom(16).fits(tiles)) return;
  const named = typeof tiles === "object" && tiles !== null ? Object.keys(tiles) : [];
  if (named.length === 2 && grid.fits(tiles)) return;
  throw badValue(
    "bad tiles",
    '"auto", the edge of a tile as a whole number from 16 on, or { columns, rows }',
    tiles,
  );
}

/**
 * The tiles of a picture, row by row.
 *
 * @param network - The size of the network's input.
 * @throws MobileNetError `invalid-argument` for another division, or one into more than 1024 tiles.
 */
export function planTiles(size: ImageSize, tiles: Tiles, network: ImageSize): readonly Rectangle[] {
  if (typeof tiles === "object") {
    const [columns, rows] = [
      Math.min(tiles.columns, size.width),
      Math.min(tiles.rows, size.height),
    ];
    checkCount(columns * rows, `${columns} x ${rows}`, "Choose fewer columns or rows.");
    return rectangles(divided(size.width, columns), divided(size.height, rows));
  }
  let edge = tiles === "auto" ? Math.max(network.width, network.height) : tiles;
  const count = (): number => countOf(size.width, edge) * countOf(size.height, edge);
  while (tiles === "auto" && count() > mostOfAuto) edge = Math.ceil(edge * 1.05);
  checkCount(count(), `${count()} of ${edge} pixels`, "Choose larger tiles.");
  return rectangles(spread(size.width, edge), spread(size.height, edge));
}

function checkCount(count: number, received: string, remedy: string): void {
  if (count <= most) return;
  throw new MobileNetError("invalid-argument", "these are too many tiles", {
    ...{ expected: `at most ${most}`, received, remedy },
  });
}

type Span = readonly [start: number, length: number];

/** How many tiles of an edge cover a length. */
function countOf(length: number, edge: number): number {
  if (length <= edge) return 1;
  return 1 + Math.ceil((length - edge) / (edge * (1 - overlap)));
}

function spread(length: number, edge: number): readonly Span[] {
  return placed(length, countOf(length, edge), Math.min(edge, length));
}

function divided(length: number, parts: number): readonly Span[] {
  return placed(length, parts, Math.ceil(length / (parts - (parts - 1) * overlap)));
}

function placed(length: number, count: number, edge: number): readonly Span[] {
  return Array.from({ length: count }, (_, i) => [
    count === 1 ? 0 : Math.round((i * (length - edge)) / (count - 1)),
    edge,
  ]);
}

function rectangles(columns: readonly Span[], rows: readonly Span[]): readonly Rectangle[] {
  return rows.flatMap(([y, height]) => columns.map(([x, width]) => ({ x, y, width, height })));
}
