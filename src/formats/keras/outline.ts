/** What Keras's own files say about themselves, whatever their layers are. */
import { parseJson } from "../files.ts";
import type { MainFile } from "../format.ts";
import { openHdf5 } from "../hdf5/hdf5.ts";
import type { FileOutline } from "../outline.ts";
import { outlineLayers } from "../outline-layers.ts";
import { mostUnpacked, ZipArchive } from "../zip.ts";
import { configName } from "./archive.ts";

/** The outline of a `.h5` file. */
export async function outlineKerasH5({
  bytes,
  place,
}: Pick<MainFile, "bytes" | "place">): Promise<FileOutline> {
  const [config = "{}"] = openHdf5(bytes, place).texts("model_config") ?? [];
  return outlineLayers(parseJson(new TextEncoder().encode(config), place));
}

/** The outline of a `.keras` file. */
export async function outlineKerasArchive({
  bytes,
  place,
}: Pick<MainFile, "bytes" | "place">): Promise<FileOutline> {
  const config = await new ZipArchive(bytes, mostUnpacked(bytes.length)).read(configName);
  return outlineLayers(config && parseJson(config, place));
}
