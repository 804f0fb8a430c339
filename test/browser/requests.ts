/** What a page or a worker of the tests can be asked to do, and what it answers. */
import type { FoundObjects } from "../../src/image/drawing/paint-results.ts";
import type { ImageSize } from "../../src/image/image.ts";
import type { ClassPrediction } from "../../src/tasks/classifier.ts";

/** How a page hands a picture to the library. */
export type Handover = "bytes" | "blob" | "bitmap" | "canvas" | "element" | "frame" | "imageData";

/** To classify a picture, to decode it, to paint a found object, to compare 8-bit kernels with the reference, or to train. */
export type BrowserRequest =
  | {
      readonly kind: "classify";
      /** A name of the hub or the address of a model.json. */
      readonly model: string;
      readonly resolution?: number;
      readonly baseUrl?: string;
      readonly weightsUrls?: { readonly npm: string };
      readonly threads?: number;
      readonly backend?: "reference";
      /** In a worker of the library's, whose script may have an address of its own. */
      readonly offThread?: boolean | string;
      /** Give the picture away. */
      readonly transfer?: boolean;
      readonly picture: string;
      readonly handover: Handover;
    }
  | {
      readonly kind: "decode";
      readonly picture: string;
      /** The least size of a copy. */
      readonly least?: ImageSize;
      /** Answer with the pixels' SHA-256 instead of them. */
      readonly digest?: boolean;
    }
  | {
      readonly kind: "paint";
      readonly found: FoundObjects;
      /** Whose context is painted on. */
      readonly canvas: "element" | "offscreen";
    }
  | {
      readonly kind: "int8";
      /** A model of 8 bits in place of random graphs. */
      readonly model?: string;
    }
  | { readonly kind: "train" }
  | {
      /** A short session of a task, which is the same bits in every engine. */
      readonly kind: "session";
      readonly task: "classify" | "detect" | "segment";
      readonly threads: number;
    };

/** The outcome, or the error's message. */
export type BrowserAnswer =
  | {
      readonly kind: "classes";
      readonly predictions: readonly ClassPrediction[];
      readonly description: string;
      readonly warnings: readonly string[];
      /** How often the page's event loop turned while the picture was classified. */
      readonly turns: number;
    }
  | {
      readonly kind: "pixels";
      readonly width: number;
      readonly height: number;
      readonly original?: ImageSize | undefined;
      readonly data: readonly number[];
    }
  | {
      readonly kind: "digest";
      readonly width: number;
      readonly height: number;
      readonly digest: string;
    }
  | {
      readonly kind: "bits";
      /** How the kernels ran. */
      readonly descriptions: readonly string[];
      /** Where they and the reference differ. */
      readonly differences: readonly string[];
    }
  | {
      readonly kind: "losses";
      readonly losses: readonly number[];
      readonly description: string;
    }
  | {
      readonly kind: "trained";
      readonly losses: readonly number[];
      /** A checksum of all weights. */
      readonly weights: number;
      readonly description: string;
    }
  | { readonly kind: "error"; readonly message: string };
