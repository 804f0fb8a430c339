/** A curve in the plane, scaled to its frame; along it, its lightness changes, which everybody sees. */
import type { VNode } from "preact";
import { useId } from "preact/hooks";
import type { Points } from "../../engine/understand-api.ts";

interface SpiralPlotProps {
  readonly title: string;
  readonly description: string;
  /** What stands below it, where that is not the title. */
  readonly caption?: string | undefined;
  readonly points: Points;
  /** The indices of those that are marked. */
  readonly coinciding: readonly number[];
}

const [side, margin] = [200, 14];

/** In so many pieces is the curve drawn, each of one colour. */
const pieces = 30;

export function SpiralPlot(props: SpiralPlotProps): VNode {
  const { title, description, caption = title, points, coinciding } = props;
  const id = useId();
  const at = places(points);
  const count = points.length / 2;
  const lines = Array.from({ length: pieces }, (_, piece) => {
    const from = Math.floor((piece * (count - 1)) / pieces);
    const to = Math.floor(((piece + 1) * (count - 1)) / pieces);
    return Array.from({ length: to - from + 1 }, (_, i) => at(from + i)).join(" ");
  });
  return (
    <figure>
      <svg viewBox={`0 0 ${side} ${side}`} role="img" aria-labelledby={`${id}-t ${id}-d`}>
        <title id={`${id}-t`}>{title}</title>
        <desc id={`${id}-d`}>{description}</desc>
        <path class="coinciding" d={coinciding.map((point) => `M${at(point)}h0`).join("")} />
        {lines.map((line, piece) => (
          <polyline
            key={piece}
            class="curve"
            style={{ "--at": `${Math.round((100 * piece) / (pieces - 1))}%` }}
            points={line}
          />
        ))}
      </svg>
      <figcaption>{caption}</figcaption>
    </figure>
  );
}

/** Where each point is drawn, as `x,y`; y grows upwards. */
function places(points: Points): (point: number) => string {
  const axis = (first: number): { readonly middle: number; readonly length: number } => {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let i = first; i < points.length; i += 2) {
      low = Math.min(low, points[i]!);
      high = Math.max(high, points[i]!);
    }
    return { middle: (low + high) / 2, length: high - low };
  };
  const [x, y] = [axis(0), axis(1)];
  // Of what collapsed to one point there is no scale.
  const scale = (side - 2 * margin) / (Math.max(x.length, y.length) || 1);
  return (point) => {
    const across = side / 2 + scale * (points[point * 2]! - x.middle);
    const up = side / 2 - scale * (points[point * 2 + 1]! - y.middle);
    return `${across.toFixed(1)},${up.toFixed(1)}`;
  };
}
