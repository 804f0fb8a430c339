/** What options were called before they got the names that results and files have for the same things. */

/** From an old option as it was written to the present one, with its value where it had none. */
export const renamedOptions: Readonly<Record<string, string | undefined>> = {
  "--architecture": "--network",
  "-a": "--network",
  "--clip": "--clip-norm",
  "--confidence": "--score-map",
  "--iou": "--iou-threshold",
  "--mask": "--class-map",
  "--max": "--max-detections",
  "--score": "--score-threshold",
  "--strict": "--damaged stop",
};
