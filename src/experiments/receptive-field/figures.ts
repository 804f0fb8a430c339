/** The pictures of receptive fields and features. */
import { type ChartSeries, plotChart } from "../../plot/chart.ts";
import { plotPage, plotWidth, wrapText } from "../../plot/frame.ts";
import { element, label } from "../../plot/svg.ts";
import {
  measuredFields,
  type ReceptiveResult,
  type Thumbnail,
  thumbnailsOf,
  type Weights,
} from "./values.ts";

/** Each by the name of its file. */
export function receptiveFigures(result: ReceptiveResult): Readonly<Record<string, string>> {
  const maps = drawMaps(result);
  const features = thumbnailsOf(result, "features");
  const activation = thumbnailsOf(result, "activation");
  const { model } = result.settings;
  return {
    ...(measuredFields(result, "trained").length < 2 ? {} : { sizes: drawSizes(result) }),
    ...(maps === undefined ? {} : { maps }),
    ...(features === undefined
      ? {}
      : {
          features: drawThumbnails({
            title: "Maps inside the network",
            note: `the model ${model}: of each block the three channels that vary most, from black at the least to white at the largest value`,
            rows: features.rows,
          }),
        }),
    ...(activation === undefined
      ? {}
      : {
          activation: drawThumbnails({
            title: "What speaks for a class",
            note: `class activation maps of the model ${model}: what each cell of the last map adds to the score, yellow where most`,
            rows: activation.rows,
          }),
        }),
  };
}

function drawSizes(result: ReceptiveResult): string {
  const { settings } = result;
  const curve = (weights: Weights, of: "theoretical" | "most" | "half"): ChartSeries["points"] =>
    measuredFields(result, weights).map(([block, field]) => ({
      x: settings.blocks.indexOf(block),
      y: field[of],
    }));
  const picture = measuredFields(result, "trained")[0]![1].picture;
  return plotChart({
    title: "How much of the picture a block sees",
    note: `side in pixels of the square around a value's place, by the squared gradient over ${settings.pictures} noise pictures`,
    x: { name: "block", categories: settings.blocks.map((block) => `${block}`) },
    y: { name: "pixels", scale: "log" },
    series: [
      {
        name: "all that can matter",
        kind: "line",
        tone: 6,
        points: curve("trained", "theoretical"),
      },
      {
        name: "the picture's edge",
        kind: "line",
        tone: 5,
        points: settings.blocks.map((_, x) => ({ x, y: picture })),
      },
      { name: "95 %, trained", kind: "line", tone: 1, points: curve("trained", "most") },
      { name: "95 %, random", kind: "line", tone: 2, points: curve("random", "most") },
      { name: "50 %, trained", kind: "line", tone: 3, points: curve("trained", "half") },
    ],
  });
}

function drawMaps(result: ReceptiveResult): string | undefined {
  const rows = (["trained", "random"] as const).flatMap((weights) => {
    const maps = measuredFields(result, weights).flatMap(
      ([block, { map }]): readonly Thumbnail[] =>
        map === undefined ? [] : [{ title: `block ${block}, ${weights}`, png: map }],
    );
    return maps.length === 0 ? [] : [maps];
  });
  if (rows.length === 0) return undefined;
  return drawThumbnails({
    title: "Where a block looks",
    note: "squared gradient of the value in the middle of a block's map, over the picture; brightness is its fourth root",
    rows,
  });
}

const gap = 8;

/** Rows of small pictures, all of one size, with words below. */
function drawThumbnails({
  rows,
  ...page
}: {
  readonly title: string;
  readonly note: string;
  readonly rows: readonly (readonly Thumbnail[])[];
}): string {
  const columns = Math.max(...rows.map(({ length }) => length));
  return plotPage(page, (top) => {
    const edge = Math.min(116, (plotWidth - 32 - (columns - 1) * gap) / columns);
    const body: string[] = [];
    let y = top;
    for (const row of rows) {
      const words = row.map(({ title }, i) => {
        const next = row[i + 1]?.title === "" ? 2 * edge : edge;
        return wrapText(title, next);
      });
      for (const [i, { png }] of row.entries()) {
        const x = 16 + i * (edge + gap);
        body.push(
          element("image", {
            ...{ x, y, width: edge, height: edge },
            href: `data:image/png;base64,${png}`,
            style: "image-rendering:pixelated",
          }),
          ...words[i]!.map((line, at) =>
            label(line, { class: "tick", x, y: y + edge + 14 + 13 * at }),
          ),
        );
      }
      const lines = Math.max(...words.map(({ length }) => length));
      y += edge + 14 + 13 * lines + 4;
    }
    return { body, bottom: y };
  });
}
