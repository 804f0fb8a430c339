/** Tables, and numbers as people read them, with what they are exactly for whoever takes them along. */
import type { ComponentChildren, VNode } from "preact";
import { formatBytes, formatLarge } from "../../../../src/scaled-number.ts";

interface TableProps {
  /** What the columns are. */
  readonly heads: readonly string[];
  /** The table's name, where it may be wider than the screen: then it scrolls by itself. */
  readonly wide?: string;
  readonly class?: string;
  /** Its rows. */
  readonly children: ComponentChildren;
  readonly foot?: ComponentChildren;
}

export function Table({ heads, wide, class: name, children, foot }: TableProps): VNode {
  const table = (
    <table class={name}>
      <thead>
        <tr>
          {heads.map((head) => (
            <th key={head} scope="col">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
      {foot && <tfoot>{foot}</tfoot>}
    </table>
  );
  if (wide === undefined) return table;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys.
    <section class="wide" tabIndex={0} aria-label={wide}>
      {table}
    </section>
  );
}

/** A row: its name, and its cells. */
export function Row({
  name,
  cells,
  ...attributes
}: {
  readonly name: ComponentChildren;
  readonly cells: readonly ComponentChildren[];
  readonly class?: string | undefined;
  readonly [data: `data-${string}`]: string;
}): VNode {
  return (
    <tr {...attributes}>
      <th scope="row">{name}</th>
      {cells.map((cell, i) => (
        <td key={i}>{cell}</td>
      ))}
    </tr>
  );
}

/** `25.3 k`. */
export function Large({ value }: { readonly value: number }): VNode {
  return <data value={value}>{formatLarge(value)}</data>;
}

/** `802 kB`. */
export function Bytes({ value }: { readonly value: number }): VNode {
  return <data value={value}>{formatBytes(value)}</data>;
}

/** Three figures. */
export function Few({ value }: { readonly value: number }): VNode {
  return <data value={value}>{few(value)}</data>;
}

/** `0.0123`, `1.23`, `123`; what is larger or smaller by powers of ten. */
export function few(value: number): string {
  const text = value.toPrecision(3);
  return value >= 999.5 && value < 1e6 ? `${Math.round(value)}` : text;
}
