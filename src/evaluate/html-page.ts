/**
 * A report as one HTML file that fetches nothing: its policy forbids it, pictures are data in it, drawings
 * are its own elements. Whatever is text is escaped here, so that names of files and classes may be anything.
 * Colours follow the reader's choice of light or dark; on a narrow screen everything stands below each other.
 */
import { element, escapeText } from "../plot/svg.ts";

/** A box over a picture, in the picture's pixels. */
export interface MarkedBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly label: string;
  readonly kind: "true" | "found";
}

/** A picture with what is drawn over it. */
export interface ShownPicture {
  /** Its file: JPEG or PNG. */
  readonly bytes: Uint8Array;
  readonly type: "image/jpeg" | "image/png";
  readonly width: number;
  readonly height: number;
  /** What it shows, for who cannot see it and below it. */
  readonly caption: string;
  readonly boxes?: readonly MarkedBox[] | undefined;
}

/** Pictures that belong together, and what is said of them. */
export interface PictureGroup {
  readonly title: string;
  readonly lines: readonly string[];
  /** Whether it is a mistake. */
  readonly wrong: boolean;
  readonly pictures: readonly ShownPicture[];
}

/** What stands under a heading. */
export interface ReportSection {
  readonly title: string;
  readonly note?: string | undefined;
  readonly rows?: readonly (readonly [name: string, value: string])[] | undefined;
  /** SVG elements, as the plots are. */
  readonly drawings?: readonly string[] | undefined;
  /** Colours with what they stand for. */
  readonly legend?: readonly { readonly color: string; readonly label: string }[] | undefined;
  readonly groups?: readonly PictureGroup[] | undefined;
  /** Whether groups get half of a wide page, not a third: for pictures with much in them. */
  readonly wide?: boolean | undefined;
}

/** The whole report. */
export interface HtmlReport {
  readonly title: string;
  readonly note: string;
  readonly sections: readonly ReportSection[];
}

// Names of classes begin with r-, for those of the drawings' own style sheets hold in all of the page.
const style = `
:root{color-scheme:light dark}
*{box-sizing:border-box}
body{margin:0 auto;padding:16px;max-width:1080px;font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;color:#1f2328;background:#fff;overflow-wrap:anywhere}
h1{font-size:24px;margin:8px 0 0}h2{font-size:18px;margin:32px 0 8px;border-bottom:1px solid #d1d9e0}h3{font-size:14px;margin:0}
p{margin:4px 0 12px}.r-note{color:#59636e}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:4px 12px 4px 0;border-bottom:1px solid #d1d9e0}th{font-weight:400;color:#59636e;width:30%}
.r-plot{overflow-x:auto;margin:0 0 16px}.r-plot svg{display:block;max-width:none}
.r-groups{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,310px),1fr));gap:16px}
.r-wide{grid-template-columns:repeat(auto-fill,minmax(min(100%,500px),1fr))}
.r-group{border:1px solid #d1d9e0;border-left:4px solid #1a7f37;border-radius:6px;padding:10px}.r-group.r-wrong{border-left-color:#cf222e}
.r-group p{margin:0;font-size:13px}.r-shots{display:grid;gap:8px;margin-top:8px;align-items:start}.r-shots2{grid-template-columns:repeat(2,1fr)}.r-shots3{grid-template-columns:repeat(3,1fr)}
figure{margin:0;min-width:0}figure svg{display:block;width:100%;height:auto;border-radius:4px;background:#afb8c1}figcaption{font-size:12px;color:#59636e}
.r-box{fill:none;stroke-width:2;vector-effect:non-scaling-stroke}.r-true{stroke:#3fb950;stroke-dasharray:6 3}.r-found{stroke:#f0883e}
.r-tag{font-weight:600;paint-order:stroke;stroke:#000;stroke-width:.22em}text.r-tag{fill:#fff}
.r-legend{display:flex;flex-wrap:wrap;gap:4px 16px;margin:0 0 12px;padding:0;list-style:none;font-size:13px}.r-swatch{width:12px;height:12px;vertical-align:-1px;margin-right:6px}
@media (prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}h2,th,td,.r-group{border-color:#2f353d}.r-note,th,figcaption{color:#9198a1}.r-group{border-left-color:#3fb950}.r-group.r-wrong{border-left-color:#f85149}}
`;

const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/**
 * The page.
 *
 * @throws Nothing: whatever texts hold is shown, escaped.
 */
export function htmlReport({ title, note, sections }: HtmlReport): string {
  const head = [
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeText(title)}</title>`,
    `<style>${style}</style>`,
  ];
  const body = [
    `<h1>${escapeText(title)}</h1>`,
    `<p class="r-note">${escapeText(note)}</p>`,
    ...sections.map(drawSection),
  ];
  return `<!doctype html>\n<html lang="en">\n<head>\n${head.join("\n")}\n</head>\n<body>\n${body.join("\n")}\n</body>\n</html>\n`;
}

function drawSection(section: ReportSection): string {
  const { title, note, rows = [], drawings = [], legend = [], groups = [] } = section;
  return [
    `<section><h2>${escapeText(title)}</h2>`,
    ...(note === undefined ? [] : [`<p class="r-note">${escapeText(note)}</p>`]),
    ...(rows.length === 0 ? [] : [table(rows)]),
    ...drawings.map((svg) => `<div class="r-plot">${svg}</div>`),
    ...(legend.length === 0 ? [] : [drawLegend(legend)]),
    ...(groups.length === 0
      ? []
      : [
          `<div class="r-groups${section.wide ? " r-wide" : ""}">${groups.map(drawGroup).join("")}</div>`,
        ]),
    "</section>",
  ].join("\n");
}

function table(rows: readonly (readonly [name: string, value: string])[]): string {
  const line = ([name, value]: readonly [string, string]): string =>
    `<tr><th scope="row">${escapeText(name)}</th><td>${escapeText(value)}</td></tr>`;
  return `<table>${rows.map(line).join("")}</table>`;
}

function drawLegend(legend: Required<ReportSection>["legend"]): string {
  const items = (legend ?? []).map(({ color, label }) => {
    const swatch = element("rect", { width: 12, height: 12, rx: 2, fill: color });
    const drawn = element("svg", { class: "r-swatch", viewBox: "0 0 12 12" }, swatch);
    return `<li>${drawn}${escapeText(label)}</li>`;
  });
  return `<ul class="r-legend">${items.join("")}</ul>`;
}

function drawGroup({ title, lines, wrong, pictures }: PictureGroup): string {
  const said = lines.map((line) => `<p>${escapeText(line)}</p>`);
  const shots = pictures.map(drawPicture).join("");
  return `<div class="r-group${wrong ? " r-wrong" : ""}"><h3>${escapeText(title)}</h3>${said.join("")}<div class="r-shots r-shots${Math.min(3, pictures.length)}">${shots}</div></div>`;
}

function drawPicture({ bytes, type, width, height, caption, boxes = [] }: ShownPicture): string {
  const href = `data:${type};base64,${toBase64(bytes)}`;
  const size = { width, height };
  // A tag is as high as a 24th of the picture, whatever its pixels.
  const font = Math.max(width, height) / 24;
  const marks = boxes.flatMap(({ x, y, kind, label, ...box }) => [
    element("rect", { class: `r-box r-${kind}`, x, y, width: box.width, height: box.height }),
    element(
      "text",
      {
        class: "r-tag",
        x: x + font / 4,
        y: kind === "true" ? y + box.height - font / 3 : y + font,
        style: `font-size:${font.toFixed(1)}px`,
      },
      escapeText(label),
    ),
  ]);
  const svg = element(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": caption },
    element("image", { href, ...size }),
    ...marks,
  );
  return `<figure>${svg}<figcaption>${escapeText(caption)}</figcaption></figure>`;
}

function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let start = 0; start < bytes.length; start += 8190) {
    text += String.fromCharCode(...bytes.subarray(start, start + 8190));
  }
  return btoa(text);
}
