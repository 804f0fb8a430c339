/**
 * Just enough SVG for the plots: elements with escaped text, and a page whose colours follow the
 * reader's choice of light or dark. Colours are classes of the style sheet, never attributes.
 */

/** Attributes; numbers are rounded to hundredths of a pixel. */
export type Attributes = Readonly<Record<string, string | number>>;

/** Text that is safe in XML: markup escaped, characters that XML forbids replaced. */
export function escapeText(text: string): string {
  const marks: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text
    .replace(/[\p{Cc}\p{Cs}\ufffe\uffff\p{Bidi_Control}]/gu, "\ufffd")
    .replace(/[&<>"]/g, (mark) => marks[mark] ?? mark);
}

/** An element; children are markup already. */
export function element(name: string, attributes: Attributes, ...children: string[]): string {
  const list = Object.entries(attributes).map(([key, value]) => {
    const text = typeof value === "number" ? `${Math.round(value * 100) / 100}` : escapeText(value);
    return ` ${key}="${text}"`;
  });
  const content = children.join("");
  return content === ""
    ? `<${name}${list.join("")}/>`
    : `<${name}${list.join("")}>${content}</${name}>`;
}

/** A line of text. */
export function label(text: string, attributes: Attributes): string {
  return element("text", attributes, escapeText(text));
}

/** Text cut to a number of characters. */
export function shorten(text: string, most: number): string {
  const characters = Array.from(text);
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join("")}…`;
}

/** A fraction as a percentage without its sign: `97`. */
export function percent(fraction: number): string {
  return `${Math.round(fraction * 100)}`;
}

const style = `
text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;fill:#1f2328}
.title{font-size:15px;font-weight:600}.note,.tick{fill:#59636e}.tick,.cell{font-size:11px}
.end{text-anchor:end}.middle{text-anchor:middle}
.page{fill:#fff}.on{fill:#fff}.grid{stroke:#d1d9e0}.frame{fill:none;stroke:#afb8c1}
.fill{fill:#0969da}.fill2{fill:#bc4c00}
.line{fill:none;stroke:#0969da;stroke-width:2}.line2{fill:none;stroke:#bc4c00;stroke-width:2}
.line3{fill:none;stroke:#59636e;stroke-width:2;stroke-dasharray:5 3}.ideal{stroke:#59636e;stroke-dasharray:4 4}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.note,.tick{fill:#9198a1}
.page{fill:#0d1117}.on{fill:#0d1117}.grid{stroke:#2f353d}.frame{stroke:#4b535d}
.fill{fill:#58a6ff}.fill2{fill:#f0883e}.line{stroke:#58a6ff}.line2{stroke:#f0883e}
.line3{stroke:#9198a1}.ideal{stroke:#9198a1}}
`;

/** A whole document with a title and notes below it. */
export function svgPage(
  page: {
    readonly width: number;
    readonly height: number;
    readonly title: string;
    /** Below the title; each line by itself. */
    readonly note: string;
    /** More of a style sheet. */
    readonly style?: string;
  },
  ...body: string[]
): string {
  const { width, height, title, note, style: more = "" } = page;
  const lines = note.split("\n");
  const size = { width: Math.ceil(width), height: Math.ceil(height) };
  const attributes = {
    xmlns: "http://www.w3.org/2000/svg",
    ...size,
    viewBox: `0 0 ${size.width} ${size.height}`,
    role: "img",
  };
  return `${element(
    "svg",
    attributes,
    element("title", {}, escapeText(`${title}: ${lines.join(" ")}`)),
    element("style", {}, `${style}${more}`),
    element("rect", { class: "page", ...size }),
    label(title, { class: "title", x: 16, y: 26 }),
    ...lines.map((line, i) => label(line, { class: "note", x: 16, y: 44 + 16 * i })),
    ...body,
  )}\n`;
}

/** Where a plot of 0 to 1 over 0 to 1 lies. */
export interface PlotArea {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Grid, ticks in percent and the names of both axes. */
export function unitAxes(
  area: PlotArea,
  names: { readonly x: string; readonly y: string },
): string {
  const { x, y, width, height } = area;
  const bottom = y + height;
  const parts: string[] = [];
  for (let tick = 0; tick <= 5; tick++) {
    const [across, up] = [x + (width * tick) / 5, bottom - (height * tick) / 5];
    parts.push(
      element("line", { class: "grid", x1: across, x2: across, y1: y, y2: bottom }),
      element("line", { class: "grid", x1: x, x2: x + width, y1: up, y2: up }),
      label(`${tick * 20}`, { class: "tick middle", x: across, y: bottom + 16 }),
      label(`${tick * 20}`, { class: "tick end", x: x - 6, y: up + 4 }),
    );
  }
  const middle = y + height / 2;
  parts.push(
    element("rect", { class: "frame", ...area }),
    label(names.x, { class: "note middle", x: x + width / 2, y: bottom + 34 }),
    label(names.y, {
      class: "note middle",
      transform: `translate(${x - 36} ${middle}) rotate(-90)`,
    }),
  );
  return parts.join("");
}
