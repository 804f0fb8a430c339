/** Marks over two axes; series differ in colour and in shape, and a line joins each. */
import type { VNode } from "preact";
import { useId } from "preact/hooks";
import { type Axis, layAxis } from "../../../../src/plot/axes.ts";

/** Marks that belong together. */
export interface ScatterSeries {
  readonly name: string;
  /** From 1 to 6. */
  readonly tone: number;
  readonly points: readonly { readonly x: number; readonly y: number; readonly name: string }[];
}

interface ScatterProps {
  readonly title: string;
  readonly description: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly ScatterSeries[];
}

const area = { x: 52, y: 34, width: 276, height: 220 } as const;
const bottom = area.y + area.height;

export function Scatter(props: ScatterProps): VNode {
  const { title, description, series } = props;
  const id = useId();
  const shown = series.filter(({ points }) => points.length > 0);
  const points = shown.flatMap((one) => one.points);
  const x = layAxis(
    props.x,
    points.map((point) => point.x),
  );
  const y = layAxis(
    props.y,
    points.map((point) => point.y),
  );
  const across = (value: number): number => area.x + x.placeOf(value) * area.width;
  const up = (value: number): number => bottom - y.placeOf(value) * area.height;
  return (
    <figure>
      <figcaption>{title}</figcaption>
      <svg viewBox="0 0 340 300" role="img" aria-labelledby={`${id}-t ${id}-d`} class="scatter">
        <title id={`${id}-t`}>{title}</title>
        <desc id={`${id}-d`}>{description}</desc>
        {shown.map(({ name, tone }, i) => (
          <g key={name} class={`tone${tone}`} transform={`translate(${12 + i * 54} 12)`}>
            <Mark tone={tone} x={0} y={0} />
            <text x="9" y="4">
              {name}
            </text>
          </g>
        ))}
        {x.ticks.map(({ value, text }) => (
          <g key={value}>
            <path class="grid" d={`M${across(value)} ${area.y}V${bottom}`} />
            <text class="soft middle" x={across(value)} y={bottom + 16}>
              {text}
            </text>
          </g>
        ))}
        {y.ticks.map(({ value, text }) => (
          <g key={value}>
            <path class="grid" d={`M${area.x} ${up(value)}H${area.x + area.width}`} />
            <text class="soft end" x={area.x - 6} y={up(value) + 4}>
              {text}
            </text>
          </g>
        ))}
        <text class="soft middle" x={area.x + area.width / 2} y={bottom + 36}>
          {props.x.name}
        </text>
        <text
          class="soft middle"
          transform={`translate(12 ${area.y + area.height / 2}) rotate(-90)`}
        >
          {props.y.name}
        </text>
        {shown.map((one) => (
          <g key={one.name} class={`tone${one.tone}`}>
            <polyline
              class="joined"
              points={one.points.map((point) => `${across(point.x)},${up(point.y)}`).join(" ")}
            />
            {one.points.map((point) => (
              <g key={point.name}>
                <title>{point.name}</title>
                <Mark tone={one.tone} x={across(point.x)} y={up(point.y)} />
              </g>
            ))}
          </g>
        ))}
      </svg>
    </figure>
  );
}

/** Circle, square, triangle, diamond, a triangle on its head, ring; the middle at `x`, `y`. */
const shapes: readonly string[] = [
  "M-4 0a4 4 0 1 1 8 0a4 4 0 1 1 -8 0z",
  "M-3.6 -3.6h7.2v7.2h-7.2z",
  "M0 -5L4.6 3.6H-4.6z",
  "M0 -5L5 0L0 5L-5 0z",
  "M0 5L4.6 -3.6H-4.6z",
  "M-4 0a4 4 0 1 1 8 0a4 4 0 1 1 -8 0zM-2 0a2 2 0 1 0 4 0a2 2 0 1 0 -4 0z",
];

function Mark({
  tone,
  x,
  y,
}: {
  readonly tone: number;
  readonly x: number;
  readonly y: number;
}): VNode {
  return <path class="mark" transform={`translate(${x} ${y})`} d={shapes[tone - 1]} />;
}
