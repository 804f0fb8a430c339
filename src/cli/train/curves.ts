/** Training's progress as a drawing: loss and accuracy over the epochs, in SVG. */

import type { EpochMetrics } from "../../json/work.ts";
import { element, label, shorten, svgPage } from "../../plot/svg.ts";
import { niceTicks } from "../../plot/ticks.ts";
import { figureOf, type TrainFigures, trainFigures } from "./figures.ts";

interface Chart {
  readonly title: string;
  /** Left edge. */
  readonly x: number;
  readonly training: readonly number[];
  readonly validation: readonly (number | undefined)[];
  readonly low: number;
  readonly high: number;
  readonly tick: (value: number) => string;
}

const [width, height, top] = [340, 240, 92];

/** Two charts beside each other, over the same epochs; a ring marks the best epoch. */
export function drawCurves(
  epochs: readonly EpochMetrics[],
  model: string,
  figures: TrainFigures<never> = trainFigures.classify,
): string {
  const headline = (epoch: EpochMetrics | undefined): number | undefined =>
    epoch && figureOf(epoch, figures.validation);
  const best = epochs.reduce<EpochMetrics | undefined>((most, epoch) => {
    // As training chooses: of equal ones the one with the lower loss.
    const [figure, before] = [headline(epoch) ?? -1, headline(most) ?? -1];
    const isLower = (epoch.validationLoss ?? 0) < (most?.validationLoss ?? 0);
    return figure > before || (figure === before && figure >= 0 && isLower) ? epoch : most;
  }, undefined);
  const values = (of: (epoch: EpochMetrics) => number | undefined) => epochs.map(of);
  const losses = [...values((e) => e.trainingLoss), ...values((e) => e.validationLoss)];
  const highest = Math.max(...losses.filter((value) => value !== undefined));
  const loss: Chart = {
    title: "loss",
    x: 64,
    training: epochs.map((e) => e.trainingLoss),
    validation: values((e) => e.validationLoss),
    low: 0,
    high: highest > 0 ? highest : 1,
    tick: (value) => `${Number(value.toPrecision(6))}`,
  };
  const trained =
    figures.training === undefined ? [] : values((e) => figureOf(e, figures.training));
  const judged = values(headline);
  const accuracy: Chart = {
    title: figures.title,
    x: 64 + width + 72,
    training: trained.filter((value) => value !== undefined),
    validation: judged,
    low: Math.min(0.9, ...[...trained, ...judged].filter((value) => value !== undefined)),
    high: 1,
    tick: (value) => `${Number((100 * value).toPrecision(6))}`,
  };
  const most = headline(best);
  const found =
    best === undefined || most === undefined
      ? `${epochs.length} epochs, without test pictures`
      : `best epoch ${best.epoch} of ${epochs.length}: ${figures.words(most)}`;
  const at = best && epochs.indexOf(best);
  return svgPage(
    {
      width: accuracy.x + width + 28,
      height: top + height + 56,
      title: `Training of ${shorten(model, 60)}`,
      note: found,
    },
    legend(),
    draw(loss, epochs, at),
    draw(accuracy, epochs, at),
  );
}

function legend(): string {
  const line = (kind: string, x: number, name: string): string =>
    element("line", { class: kind, x1: x, x2: x + 26, y1: 64, y2: 64 }) +
    label(name, { x: x + 32, y: 68 });
  return line("line", 64, "test") + line("line3", 150, "training");
}

function draw(chart: Chart, epochs: readonly EpochMetrics[], best: number | undefined): string {
  const { title, x, training, validation, tick } = chart;
  const ticks = niceTicks(chart.low, chart.high);
  const [low, high] = [ticks[0]!, ticks.at(-1)!];
  const bottom = top + height;
  const acrossOf = (i: number): number =>
    x + (epochs.length < 2 ? width / 2 : (i / (epochs.length - 1)) * width);
  const upOf = (value: number): number =>
    bottom - (Math.max(0, value - low) / (high - low)) * height;
  const curve = (kind: string, values: readonly (number | undefined)[]): string => {
    const points = values.flatMap((value, i) => (value === undefined ? [] : [[i, value] as const]));
    const [only] = points;
    if (points.length === 1 && only !== undefined) {
      const [i, value] = only;
      return element("circle", { class: kind, cx: acrossOf(i), cy: upOf(value), r: 2 });
    }
    const places = points.map(
      ([i, value]) => `${acrossOf(i).toFixed(1)},${upOf(value).toFixed(1)}`,
    );
    return element("polyline", { class: kind, points: places.join(" ") });
  };
  const step = Math.max(
    1,
    ...niceTicks(1, epochs.length).map((value, i, all) => value - (all[i - 1] ?? value)),
  );
  const named = epochs.flatMap(({ epoch }, i) =>
    i === 0 || epoch % Math.ceil(step) === 0 ? [{ epoch, across: acrossOf(i) }] : [],
  );
  const marked = best === undefined ? undefined : validation[best];
  return [
    ...ticks.flatMap((value) => [
      element("line", { class: "grid", x1: x, x2: x + width, y1: upOf(value), y2: upOf(value) }),
      label(tick(value), { class: "tick end", x: x - 6, y: upOf(value) + 4 }),
    ]),
    ...named.map(({ epoch, across }) =>
      label(`${epoch}`, { class: "tick middle", x: across, y: bottom + 16 }),
    ),
    element("rect", { class: "frame", x, y: top, width, height }),
    curve("line3", training),
    curve("line", validation),
    best === undefined || marked === undefined
      ? ""
      : element("circle", { class: "line", cx: acrossOf(best), cy: upOf(marked), r: 4 }),
    label("epoch", { class: "note middle", x: x + width / 2, y: bottom + 34 }),
    label(title, { class: "note", x, y: top - 8 }),
  ].join("");
}
