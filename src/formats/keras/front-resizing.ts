/**
 * A Resizing layer in front of all others, which takes pictures of any size: it is no node of the graph
 * but says how pictures are fitted to it.
 */
import type { MobileNetError } from "../../errors.ts";
import type { PixelCenters } from "../../image/presets.ts";
import { quote } from "../../untrusted.ts";
import type { FileFacts } from "../file-facts.ts";
import type { LayerImport } from "./layer-import.ts";
import { layerLabel } from "./listed-layers.ts";

/**
 * How a Resizing layer fits pictures, and where what this library does for it differs.
 *
 * @throws MobileNetError `unsupported` naming a way of fitting that is not known here.
 */
export function fitOfResizing(layer: LayerImport): Pick<FileFacts, "fit" | "notes"> {
  const { config, dialect } = layer;
  const [height, width] = [config.count("height"), config.count("width")];
  const crops = config.flag("crop_to_aspect_ratio", false);
  const refused = (received: string): MobileNetError => {
    const expected = "pictures that are stretched, or cropped to a square";
    return layer.fault(
      "unsupported",
      "it fits pictures in a way that is not read",
      expected,
      received,
    );
  };
  if (config.flag("pad_to_aspect_ratio", false)) throw refused("pad_to_aspect_ratio");
  if (config.flag("antialias", false)) throw refused("antialias");
  // TensorFlow.js reads the setting, crops nothing and places pixels otherwise.
  if (crops && (height !== width || dialect === "tfjs")) {
    throw refused(`crop_to_aspect_ratio to ${height}×${width}`);
  }
  const centers: PixelCenters = dialect === "tfjs" ? "align-corners" : "half-pixel";
  const from = layerLabel(layer.layer);
  const interpolation = config.word("interpolation", "bilinear");
  const cut = `${from} cuts the middle out of pictures and resizes it: here they are resized first`;
  const notes = [
    ...(crops ? [cut] : []),
    ...(interpolation === "bilinear"
      ? []
      : [`${from} resizes by ${quote(interpolation)}: here pictures are resized by bilinear`]),
  ];
  const fit = crops
    ? ({ kind: "resize-then-crop", shortestEdge: height } as const)
    : ({ kind: "stretch" } as const);
  return { fit: { value: { fit, centers }, from }, notes };
}
