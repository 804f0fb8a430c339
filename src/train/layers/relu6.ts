/** ReLU6, min(max(x, 0), 6) (section 3.3). Its gradient is 1 inside and 0 at and beyond the ends. */
import type { Values } from "../values.ts";

/** Cuts the first `count` values in place. */
export function relu6Forward(x: Values, count: number): void {
  for (let i = 0; i < count; i++) x[i] = Math.min(Math.max(x[i]!, 0), 6);
}

/** Clears, in place, the gradient of what was cut; `y` is what the forward pass made. */
export function relu6Backward(y: Values, dy: Values, count: number): void {
  for (let i = 0; i < count; i++) {
    const value = y[i]!;
    if (!(value > 0 && value < 6)) dy[i] = 0;
  }
}
