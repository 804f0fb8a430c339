/** Refuses what is no preset, where a caller in JavaScript may give anything. */
import {
  anything,
  checkSettings,
  checkVariant,
  type Kinds,
  needed,
  numberFrom,
  oneOf,
  type VariantKinds,
  wholeFrom,
} from "../check-fields.ts";
import { isNumberIn } from "../untrusted.ts";
import { wrongArgument } from "../wrong-argument.ts";
import type { Fit, Preprocess } from "./presets.ts";

const most = 65_536;
const colours = needed({ expected: "three numbers, for red, green and blue", fits: isColours });
const presetKinds: Kinds<Preprocess> = {
  grey: { expected: "1 or 3 channels", fits: (channels) => channels === 1 || channels === 3 },
  width: needed(wholeFrom(1, most)),
  height: needed(wholeFrom(1, most)),
  fit: needed(anything),
  centers: needed(oneOf("legacy", "half-pixel", "align-corners")),
  scale: colours,
  offset: colours,
};
const fitKinds: VariantKinds<Fit> = {
  stretch: {},
  "resize-then-crop": { shortestEdge: needed(numberFrom(1, most)) },
  "central-crop": { fraction: needed(numberFrom(Number.MIN_VALUE, 1)) },
  pad: { value: needed(numberFrom(0, 255)) },
};

function isColours(value: unknown): boolean {
  const most = Number.MAX_VALUE;
  return (
    Array.isArray(value) && value.length === 3 && value.every((of) => isNumberIn(of, -most, most))
  );
}

/**
 * Checks a preset field by field.
 *
 * @param call - The function that it was given to.
 * @throws MobileNetError `invalid-argument`.
 */
export function checkPreset(preset: Preprocess, call: string): void {
  if (typeof preset !== "object" || preset === null) {
    throw wrongArgument(call, "a preset, such as a model's field preprocess", preset);
  }
  checkSettings(preset, presetKinds, "a preset");
  checkVariant(preset.fit, fitKinds, "a preset's fit");
}
