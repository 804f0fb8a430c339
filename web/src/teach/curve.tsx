/** A figure over the epochs, as a line that grows to the right. */
import type { VNode } from "preact";

interface CurveProps {
  readonly title: string;
  readonly values: readonly number[];
  /** Epochs that there will be. */
  readonly of: number;
  /** The value at the top; 0 is at the bottom. */
  readonly top: number;
  readonly shown: (value: number) => string;
  /** What the x axis counts. */
  readonly unit: string;
  /** All of it in words. */
  readonly label: string;
}

const [width, height] = [280, 130];
const edge = { left: 8, right: 8, top: 14, bottom: 22 } as const;

export function Curve({ title, values, of, top, shown, unit, label }: CurveProps): VNode {
  const x = (index: number): number => {
    const share = of <= 1 ? 1 : index / (of - 1);
    return edge.left + share * (width - edge.left - edge.right);
  };
  const y = (value: number): number => {
    const share = top === 0 ? 0 : Math.min(1, value / top);
    return height - edge.bottom - share * (height - edge.top - edge.bottom);
  };
  const points = values.map((value, index) => `${x(index).toFixed(1)},${y(value).toFixed(1)}`);
  const last = values.length - 1;
  return (
    <figure class="curve">
      <figcaption>
        {title}: <strong>{last < 0 ? "–" : shown(values[last]!)}</strong>
      </figcaption>
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
        <line class="grid" x1={edge.left} x2={width - edge.right} y1={y(top)} y2={y(top)} />
        <line class="grid" x1={edge.left} x2={width - edge.right} y1={y(0)} y2={y(0)} />
        <text x={edge.left} y={y(top) - 3}>
          {shown(top)}
        </text>
        <text x={edge.left} y={height - 6}>
          {shown(0)}
        </text>
        <text x={width - edge.right} y={height - 6} text-anchor="end">
          {of} {unit}
        </text>
        <polyline class="line" points={points.join(" ")} />
        {last >= 0 && <circle class="dot" cx={x(last)} cy={y(values[last]!)} r="4" />}
      </svg>
    </figure>
  );
}
