/** What a product of pixels and weights depends on; see pointwise.ts. */
import { Range } from "./range";

@unmanaged
export class Layer {
  weights: usize;
  /** int32 for each output, whole panels. */
  bias: usize;
  /** float32 for each output, whole panels. */
  scales: usize;
  /** Blocks of 8 inputs. */
  blocks: i32;
  panels: i32;
  /** Values of the last panel that a pixel has room for. */
  lastLanes: i32;
  /** Panels that run over all pixels before the next ones do. */
  panelBlock: i32;
  /** Bytes from one pixel to the next, and from one block of 8 channels to the next: 8. */
  inputPixel: i32;
  inputBlock: i32;
  outputPixel: i32;
  outputPanel: i32;
  range: Range;
  /** The first extra step of each panel, and the end; 0 where there are none. */
  extras: usize;
  /** Which inputs an extra step takes: bytes into a pixel. */
  extraInputs: usize;
  extraWeights: usize;
}
