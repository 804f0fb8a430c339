/**
 * The letters of a drawing. Latin ones are outlines of a font that an npm package carries, the same on
 * every machine; from the first to the last letter that it has not, a text comes from the system's fonts.
 * A layout wants widths at once and these take a while, so it is made anew until it asks for none.
 */
import { whyAbsent } from "../disk/nearby.ts";
import { MobileNetError } from "../errors.ts";
import { fillOutline, mixerOf, type Pixels } from "./drawing/fill-pixels.ts";
import type { OutlineFont } from "./drawing/glyphs.ts";
import type { Paint } from "./drawing/paint.ts";
import type { WaitingText } from "./drawing/pixel-brush.ts";
import type { MeasureText } from "./drawing/text.ts";
import { labelFont } from "./font-node.ts";
import { hasSystemFont, measureText, renderText, type TextPixels } from "./system-text-node.ts";

/** A text, and what of it is not in our font. */
interface Parts {
  readonly before: string;
  readonly foreign: string;
  readonly after: string;
}

/** What stands for a font that has no letters. */
const noFont: OutlineFont = { capital: 0.72, has: () => false, width: () => 0, edges: () => [] };

const graphemes = new Intl.Segmenter();

/** Letters for one drawing. */
export class Lettering {
  readonly #font: OutlineFont;
  /** Of parts that are not in our font, in letters of height 1. */
  readonly #widths = new Map<string, number>();
  readonly #unknown = new Set<string>();

  constructor(font: OutlineFont) {
    this.#font = font;
  }

  /**
   * Our font, or what the system has.
   *
   * @throws MobileNetError `missing-dependency` where there is no font at all.
   */
  static async load(): Promise<Lettering> {
    try {
      return new Lettering(await labelFont());
    } catch (cause) {
      if (await hasSystemFont().catch(() => false)) return new Lettering(noFont);
      throw new MobileNetError("missing-dependency", "there is no font to write labels with", {
        expected: "the package @fontsource/b612 or any system font",
        received: whyAbsent(cause),
        remedy: "Install it with: npm install @fontsource/b612",
        cause,
      });
    }
  }

  /** Lays out what needs texts' widths. */
  async layOut<T>(lay: (measure: MeasureText) => T): Promise<T> {
    for (;;) {
      const plan = lay((text, font) => this.#width(this.#parts(text)) * font);
      if (this.#unknown.size === 0) return plan;
      const texts = [...this.#unknown];
      this.#unknown.clear();
      const learn = async (text: string) => this.#widths.set(text, await measureText(text));
      await Promise.all(texts.map(learn));
    }
  }

  /** Paints texts that have been laid out. None lies over another, so that they may come in any order. */
  async paint(on: Pixels, texts: readonly WaitingText[]): Promise<void> {
    await Promise.all(texts.map((text) => this.#paint(on, text)));
  }

  async #paint(on: Pixels, { text, ...place }: WaitingText): Promise<void> {
    const { font, color, align } = place;
    const parts = this.#parts(text);
    const start = align === "left" ? place.x : place.x - (this.#width(parts) * font) / 2;
    // Letters stand on whole pixels, or their feet are blurred.
    const baseline = Math.round(place.y + (this.#font.capital * font) / 2);
    let x = Math.round(start);
    const paint: Paint = { color, opacity: 1 };
    const paintOwn = (own: string): void => {
      if (own === "") return;
      fillOutline(on, this.#font.edges(own, { x, baseline, font }), paint);
      x += this.#font.width(own) * font;
    };
    paintOwn(parts.before);
    if (parts.foreign !== "") {
      const width = (this.#widths.get(parts.foreign) ?? 0) * font;
      const pixels = await renderText(parts.foreign, { font, width, color });
      putOver(on, pixels, [Math.round(x) - pixels.x, baseline - pixels.baseline]);
      x += width;
    }
    paintOwn(parts.after);
  }

  #width({ before, foreign, after }: Parts): number {
    const own = this.#font.width(before) + this.#font.width(after);
    if (foreign === "") return own;
    const known = this.#widths.get(foreign);
    if (known === undefined) this.#unknown.add(foreign);
    return own + (known ?? foreign.length);
  }

  #parts(text: string): Parts {
    const isOwn = (letters: string): boolean => [...letters].every((one) => this.#font.has(one));
    if (isOwn(text)) return { before: text, foreign: "", after: "" };
    // What no font shows, and what cannot stand in XML.
    const shown = text.replace(/[\p{Cc}\p{Cs}\ufffe\uffff]/gu, "");
    // A letter and its marks stay together.
    const letters = Array.from(graphemes.segment(shown), ({ segment }) => segment);
    const first = letters.findIndex((letter) => !isOwn(letter));
    if (first < 0) return { before: shown, foreign: "", after: "" };
    const end = letters.length - [...letters].reverse().findIndex((letter) => !isOwn(letter));
    const join = (from: number, to?: number): string => letters.slice(from, to).join("");
    return { before: join(0, first), foreign: join(first, end), after: join(end) };
  }
}

/** Lays RGBA pixels over a drawing, as far as they lie on it. */
function putOver(
  on: Pixels,
  { width, height, data }: TextPixels,
  [x, y]: readonly [number, number],
): void {
  for (let row = Math.max(0, -y); row < Math.min(height, on.height - y); row++) {
    for (let column = Math.max(0, -x); column < Math.min(width, on.width - x); column++) {
      const at = (row * width + column) * 4;
      const alpha = data[at + 3]!;
      if (alpha === 0) continue;
      const color = [data[at]!, data[at + 1]!, data[at + 2]!] as const;
      mixerOf(on, color)((y + row) * on.width + x + column, alpha / 255);
    }
  }
}
