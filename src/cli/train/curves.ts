/** Training's progress as a small drawing: loss and accuracy over the epochs, in SVG. */

/** An epoch's numbers, as `metrics.jsonl` has them. */
export interface EpochMetrics {
  readonly epoch: number;
  readonly trainingLoss: number;
  readonly trainingAccuracy: number;
  readonly validationLoss: number | undefined;
  readonly validationAccuracy: number | undefined;
}

const [width, height, margin] = [480, 240, 40];

/** Two charts beside each other, training dashed and validation solid. */
export function drawCurves(epochs: readonly EpochMetrics[]): string {
  const losses = epochs.flatMap((e) => [e.trainingLoss, e.validationLoss ?? 0]);
  const loss = chart("loss", 0, Math.max(1e-9, ...losses), [
    { values: epochs.map((e) => e.trainingLoss), dashed: true },
    { values: epochs.map((e) => e.validationLoss), dashed: false },
  ]);
  const accuracy = chart("accuracy", width, 1, [
    { values: epochs.map((e) => e.trainingAccuracy), dashed: true },
    { values: epochs.map((e) => e.validationAccuracy), dashed: false },
  ]);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${2 * width} ${height}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="white"/>
${loss}
${accuracy}
</svg>
`;
}

interface Curve {
  readonly values: readonly (number | undefined)[];
  readonly dashed: boolean;
}

function chart(title: string, left: number, most: number, curves: readonly Curve[]): string {
  const [x0, x1] = [left + margin, left + width - margin / 2];
  const [y0, y1] = [height - margin, margin];
  const lines = curves.map(({ values, dashed }) => {
    const points = values.flatMap((value, i) => {
      if (value === undefined) return [];
      const x = x0 + (values.length < 2 ? 0 : (i / (values.length - 1)) * (x1 - x0));
      return [`${x.toFixed(1)},${(y0 - (value / most) * (y0 - y1)).toFixed(1)}`];
    });
    const style = dashed ? ' stroke-dasharray="4 3"' : "";
    return `<polyline points="${points.join(" ")}" fill="none" stroke="#1f6feb" stroke-width="1.5"${style}/>`;
  });
  const count = curves[0]?.values.length ?? 0;
  return [
    `<path d="M${x0} ${y1}V${y0}H${x1}" fill="none" stroke="#888"/>`,
    ...lines,
    `<text x="${x0}" y="${y1 - 12}">${title} (dashed: training)</text>`,
    `<text x="${x0 - 6}" y="${y1 + 4}" text-anchor="end">${most.toPrecision(2)}</text>`,
    `<text x="${x0 - 6}" y="${y0}" text-anchor="end">0</text>`,
    `<text x="${x1}" y="${y0 + 18}" text-anchor="end">${count} epochs</text>`,
  ].join("\n");
}
