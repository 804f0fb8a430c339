/** What `similar` found, as text for people. */
import type { GroupedPicture, NeighbourPicture } from "../json/similar.ts";
import { printable } from "../untrusted.ts";
import { formatBytes, formatCount, formatPercent, plural } from "./format.ts";
import { formatTable } from "./table.ts";
import type { Writer } from "./terminal.ts";

type Style = Pick<Writer, "bold" | "dim">;

/** Groups of copies, the largest file of each first, and how many there are. */
export function describeGroups(
  groups: readonly (readonly GroupedPicture[])[],
  pictures: number,
  { dim }: Style,
): string {
  const among = `among ${plural(pictures, "picture")}`;
  if (groups.length === 0) return `no copies ${among}\n`;
  const columns = [
    { heading: "picture" },
    { heading: "size", align: "right" },
    { heading: "likeness", align: "right" },
  ] as const;
  // One table, so that columns line up; a group begins with its own number.
  const rows = groups.flatMap((group, number) => [
    ...(number === 0 ? [] : [["", "", ""]]),
    ...group.map(({ image, bytes, score }, i) => [
      printable(image),
      formatBytes(bytes),
      i === 0 ? "" : formatPercent(score),
    ]),
  ]);
  const all = groups.reduce((sum, group) => sum + group.length, 0);
  const sum = `${plural(groups.length, "group")} of copies, ${formatCount(all)} pictures, ${among}`;
  return `${formatTable(columns, rows, { heading: dim })}\n${sum}\n`;
}

/** The nearest pictures; copies are called so. */
export function describeNearest(nearest: readonly NeighbourPicture[], { dim }: Style): string {
  if (nearest.length === 0) return "";
  const columns = [
    { heading: "picture" },
    { heading: "likeness", align: "right" },
    { heading: "" },
  ] as const;
  const rows = nearest.map(({ image, score, copy }) => [
    printable(image),
    formatPercent(score),
    copy ? "a copy" : "",
  ]);
  return formatTable(columns, rows, { heading: dim });
}
