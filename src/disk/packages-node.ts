/**
 * Packages that the library can do without, found when they are wanted, and this package's own folder.
 * They are asked for by Node's `require` beside this module: bundlers leave that as it stands, and those
 * that trace which files a program needs (Next.js) read the names in it. A bundle may lie where no
 * packages are, so the program's own places are looked into after that.
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** sharp, which decodes pictures. */
export type SharpModule = typeof import("sharp").default;

/** @napi-rs/canvas, which draws. */
export type CanvasModule = typeof import("@napi-rs/canvas");

/** Loads sharp; throws Node's error where it is not there. */
export async function loadSharp(): Promise<SharpModule> {
  try {
    return createRequire(import.meta.url)("sharp");
  } catch (error) {
    return elsewhere("sharp", error);
  }
}

/** Loads @napi-rs/canvas; throws Node's error where it is not there. */
export async function loadCanvas(): Promise<CanvasModule> {
  try {
    // In the same block, or a bundler that traces takes it for a package that must be there.
    return createRequire(import.meta.url)("@napi-rs/canvas");
  } catch (error) {
    return elsewhere("@napi-rs/canvas", error);
  }
}

/** The path of a package's file; throws Node's error where it is not there. */
export function packageFile(file: string): string {
  return nearby((require) => require.resolve(file));
}

/** This package's model file `cifar10.tflite`, whether it is there or not. */
export function carriedModel(): string {
  let path = "";
  try {
    // Bundlers that copy files know them by this very expression.
    path = fileURLToPath(new URL("../../models/cifar10.tflite", import.meta.url));
    if (existsSync(path)) return path;
    return join(dirname(packageFile("mobilenetv2/package.json")), "models/cifar10.tflite");
  } catch {
    return path;
  }
}

/** A package beside the program, where it is not beside this module. */
function elsewhere<T>(name: string, error: unknown): T {
  try {
    return nearby((require) => require(name));
  } catch {
    throw error;
  }
}

/** What is found from this module, the program's script or the folder that it runs in. */
function nearby<T>(look: (require: NodeJS.Require) => T): T {
  let first: unknown;
  for (const from of [import.meta.url, process.argv[1], join(process.cwd(), "package.json")]) {
    try {
      // Absent in bundles of another kind of module.
      if (from !== undefined) return look(createRequire(from));
    } catch (error) {
      first ??= error;
    }
  }
  throw first;
}
