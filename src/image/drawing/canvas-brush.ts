/** The 2D context of a canvas, of a page, of a worker or of a package for Node, as a brush. */
import type { Brush, Paint } from "./paint.ts";
import type { MeasureText } from "./text.ts";

/** What is used of a canvas's 2D context: a page's, a worker's, or Node's from a package. */
export interface DrawingContext {
  readonly canvas: { width: number; height: number };
  fillStyle: unknown;
  strokeStyle: unknown;
  lineWidth: number;
  font: string;
  textBaseline: string;
  textAlign: string;
  imageSmoothingEnabled: boolean;
  fillRect(x: number, y: number, width: number, height: number): void;
  strokeRect(x: number, y: number, width: number, height: number): void;
  clearRect(x: number, y: number, width: number, height: number): void;
  fillText(text: string, x: number, y: number): void;
  measureText(text: string): { readonly width: number };
  beginPath(): void;
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  stroke(): void;
  drawImage(picture: never, x: number, y: number, width: number, height: number): void;
  createImageData(width: number, height: number): CanvasPixels;
  getImageData(x: number, y: number, width: number, height: number): CanvasPixels;
  putImageData(pixels: never, x: number, y: number): void;
}

/** Pixels of a canvas. */
export interface CanvasPixels {
  readonly data: Uint8ClampedArray;
}

/** Measures texts as they will be painted. */
export function measureOn(context: DrawingContext, family: string): MeasureText {
  return (text, font) => {
    context.font = `${font}px ${family}`;
    return context.measureText(text).width;
  };
}

/** Paints on a canvas. */
export function canvasBrush(context: DrawingContext, family: string): Brush {
  return {
    fill: ({ x, y, width, height }, paint) => {
      context.fillStyle = css(paint);
      context.fillRect(x, y, width, height);
    },
    frame: ({ x, y, width, height }, line, paint) => {
      context.strokeStyle = css(paint);
      context.lineWidth = line;
      context.strokeRect(x, y, width, height);
    },
    line: ({ from, to }, width, paint) => {
      context.strokeStyle = css(paint);
      context.lineWidth = width;
      context.beginPath();
      context.moveTo(...from);
      context.lineTo(...to);
      context.stroke();
    },
    text: (text, { color, font, x, y, align }) => {
      context.font = `${font}px ${family}`;
      context.textBaseline = "middle";
      context.textAlign = align;
      context.fillStyle = css({ color, opacity: 1 });
      context.fillText(text, x, y);
    },
  };
}

function css({ color: [red, green, blue], opacity }: Paint): string {
  return `rgba(${red}, ${green}, ${blue}, ${opacity})`;
}
