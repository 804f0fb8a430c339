/** The version of this package, for what is to say by which one it was made. */
import { packageFile } from "../disk/packages-node.ts";
import { readText } from "../disk/read-node.ts";
import { printable } from "../untrusted.ts";

/** As `0.1.0`; nothing where it cannot be read. */
export async function packageVersion(): Promise<string> {
  try {
    const { version } = JSON.parse(await readText(packageFile("mobilenetv2/package.json")));
    return typeof version === "string" ? printable(version) : "";
  } catch {
    return "";
  }
}
