/** Table 1 of the paper: the bottleneck block in k, k', t and s, and beside it one of a real network. */

import { type PlotPage, plotPage } from "../../plot/frame.ts";
import { element, label } from "../../plot/svg.ts";
import type { BlockStep } from "./steps.ts";
import { costWords, shapeWords } from "./words.ts";

/** The table's rows. Output rows and columns are those of the input over s. */
const rows = [
  { input: "h × w × k", operator: "1×1 conv2d, ReLU6", output: "h × w × tk" },
  { input: "h × w × tk", operator: "3×3 dwise s, ReLU6", output: "h/s × w/s × tk" },
  { input: "h/s × w/s × tk", operator: "linear 1×1 conv2d", output: "h/s × w/s × k'" },
] as const;

/** Where the three columns begin. */
const columns = [16, 128, 272] as const;

/** @param steps - A block's: what it reads, expansion, depthwise convolution, projection. */
export function drawTable1(page: PlotPage, steps: readonly BlockStep[]): string {
  return plotPage(page, (top, width) => {
    const body: string[] = [];
    const line = (y: number): string =>
      element("line", { class: "grid", x1: 16, x2: width - 16, y1: y, y2: y });
    const cells = (y: number, texts: readonly string[], kind: string, style = ""): void => {
      for (const [i, text] of texts.entries()) {
        body.push(label(text, { class: kind, x: columns[i] ?? 0, y, ...(style && { style }) }));
      }
    };
    let y = top + 14;
    cells(y, ["input", "operator", "output"], "cell", "font-weight:600");
    for (const [place, row] of rows.entries()) {
      const [before, step] = [steps[place], steps[place + 1]];
      if (before === undefined || step === undefined) break;
      y += 8;
      body.push(line(y));
      y += 18;
      cells(y, [row.input, row.operator, row.output], "cell");
      y += 16;
      const [parameters, multiplyAdds] = costWords(step);
      cells(y, [shapeWords(before), parameters, shapeWords(step)], "tick");
      y += 14;
      cells(y, ["", multiplyAdds, ""], "tick");
    }
    y += 8;
    body.push(line(y));
    return { body, bottom: y };
  });
}
