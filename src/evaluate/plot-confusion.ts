/** A confusion matrix as a heat map: each row is a true class, each cell the share taken for a class. */

import { element, label, percent, shorten, svgPage } from "../plot/svg.ts";
import type { ClassScore, Confusion } from "./confusion.ts";

/** What the map needs of an evaluation. */
interface Confused {
  readonly model: string;
  readonly classes: readonly ClassScore[];
  readonly confusions: readonly Confusion[];
}

/** The most classes in one map. */
const mostClasses = 30;

/** The heat map; of more than 30 classes those with the most mistakes. */
export function plotConfusion({ model, classes, confusions }: Confused): string {
  const shown = chooseClasses(classes, confusions);
  const places = new Map(shown.map(({ index }, place) => [index, place]));
  const cell = shown.length <= 12 ? 44 : 26;
  const names = shown.map((one) => shorten(one.label, 24));
  const room = 16 + 7 * Math.max(...names.map((name) => Array.from(name).length), 6);
  const [left, top] = [room + 24, 84];
  const edge = cell * shown.length;
  const cells: string[] = [];
  const draw = (row: number, column: number, count: number): void => {
    const share = count / shown[row]!.actual;
    const [x, y] = [left + column * cell, top + row * cell];
    const place = { x: x + cell / 2, y: y + cell / 2 + 4 };
    const tone = share > 0.55 ? "cell middle on" : "cell middle";
    cells.push(
      element("rect", { class: "fill", x, y, width: cell, height: cell, "fill-opacity": share }),
      share >= 0.005 ? label(percent(share), { class: tone, ...place }) : "",
    );
  };
  shown.forEach(({ correct }, place) => {
    if (correct > 0) draw(place, place, correct);
  });
  for (const { actual, predicted, count } of confusions) {
    const [row, column] = [places.get(actual), places.get(predicted)];
    if (row !== undefined && column !== undefined) draw(row, column, count);
  }
  const grid = Array.from({ length: shown.length + 1 }, (_, i) => {
    const [x, y] = [left + i * cell, top + i * cell];
    return (
      element("line", { class: "grid", x1: x, x2: x, y1: top, y2: top + edge }) +
      element("line", { class: "grid", x1: left, x2: left + edge, y1: y, y2: y })
    );
  });
  const axes = names.flatMap((name, place) => {
    const middle = place * cell + cell / 2;
    const turn = `translate(${left + middle + 4} ${top + edge + 10}) rotate(-90)`;
    return [
      label(name, { class: "tick end", x: left - 8, y: top + middle + 4 }),
      label(name, { class: "tick end", transform: turn }),
    ];
  });
  const some =
    shown.length < classes.length
      ? `the ${shown.length} most confused of ${classes.length} classes`
      : `${shown.length} classes`;
  return svgPage(
    {
      width: Math.max(left + edge + 24, 460),
      height: top + edge + room + 20,
      title: `Confusion of ${shorten(model, 40)}`,
      note: `${some}; % of each true class (row)`,
    },
    label("predicted as (column)", { class: "note", x: left, y: top - 10 }),
    ...cells,
    ...grid,
    ...axes,
  );
}

/** Those that occur, in order; where they are many those that take part in the most mistakes. */
function chooseClasses(
  classes: readonly ClassScore[],
  confusions: readonly Confusion[],
): readonly ClassScore[] {
  if (classes.length <= mostClasses) return classes;
  const mistakes = new Map<number, number>();
  for (const { actual, predicted, count } of confusions) {
    for (const index of [actual, predicted])
      mistakes.set(index, (mistakes.get(index) ?? 0) + count);
  }
  return [...classes]
    .sort((a, b) => (mistakes.get(b.index) ?? 0) - (mistakes.get(a.index) ?? 0))
    .slice(0, mostClasses)
    .sort((a, b) => a.index - b.index);
}
