/** The versions of all that decides how a picture's bytes become a result's. */
import { loadSharp, packageFile } from "../disk/packages-node.ts";
import { readText } from "../disk/read-node.ts";
import { MobileNetError } from "../errors.ts";

/**
 * Of this library, of the decoder with what it decodes by, and of the writer of Parquet and of Node where
 * wanted. Of Node it is the major version: within one the engine's functions have the same last bits.
 */
export async function ownVersions(
  names: readonly string[] = ["mobilenetv2", "sharp", "libvips"],
): Promise<Readonly<Record<string, string>>> {
  const versions: Record<string, string> = {};
  for (const name of names) versions[name] = await versionOf(name);
  return versions;
}

async function versionOf(name: string): Promise<string> {
  if (name === "node") return process.versions.node.split(".")[0] ?? "";
  try {
    if (name === "sharp" || name === "libvips") {
      const { sharp, vips } = (await loadSharp()).versions;
      return (name === "sharp" ? sharp : vips) ?? "";
    }
    const { version } = JSON.parse(await readText(packageFile(`${name}/package.json`)));
    return typeof version === "string" ? version : "";
  } catch {
    // What is absent has no version, which is none of the job's.
    return "";
  }
}

/**
 * Refuses a job whose results would be other bytes here.
 *
 * @throws MobileNetError `unsupported`.
 */
export async function requireVersions(wanted: Readonly<Record<string, string>>): Promise<void> {
  const own = await ownVersions(Object.keys(wanted));
  const other = Object.keys(wanted).find((name) => own[name] !== wanted[name]);
  if (other === undefined) return;
  const shown = (versions: Readonly<Record<string, string>>): string =>
    `${other} ${versions[other] || "not installed"}`;
  throw new MobileNetError("unsupported", "the job was begun with another version", {
    expected: shown(wanted),
    received: shown(own),
    remedy: "Install the same version on every machine.",
  });
}
