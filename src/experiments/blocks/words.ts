/** Shapes and costs as the figures print them. */
import { formatLarge } from "../../scaled-number.ts";

/** `14²×64`, `33×65×320`. */
export function shapeWords(size: {
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
}): string {
  const { rows, columns, channels } = size;
  return `${rows === columns ? `${rows}²` : `${rows}×${columns}`}×${channels}`;
}

/** In the words of the paper's tables: `25.3 k Params` and `4.82 M MAdds`. */
export function costWords(costs: {
  readonly parameters: number;
  readonly multiplyAdds: number;
}): readonly [parameters: string, multiplyAdds: string] {
  return [`${formatLarge(costs.parameters)} Params`, `${formatLarge(costs.multiplyAdds)} MAdds`];
}
