/**
 * Packages that the library can do without, found when they are wanted, and this package's own folder.
 * They are asked for by Node's `require`, which bundlers leave as it stands; but sharp in a form that those
 * who trace a program's files (Next.js) read, and take it along. A bundle may lie where no packages are,
 * so the program's own places are looked into after this module's.
 */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findFrom } from "./nearby.ts";

/** sharp, which decodes and encodes pictures. */
export type SharpModule = typeof import("sharp").default;

/** undici, which goes through proxies. */
export type UndiciModule = typeof import("undici");

/** Loads sharp; throws Node's error where it is not there. */
export async function loadSharp(): Promise<SharpModule> {
  try {
    // In this block, or a bundler that traces takes it for a package that must be there.
    return createRequire(import.meta.url)("sharp");
  } catch (error) {
    try {
      return nearby((near) => near("sharp"));
    } catch {
      throw error;
    }
  }
}

/** Loads undici, which few programs need: nobody traces it. Throws Node's error where it is not there. */
export async function loadUndici(): Promise<UndiciModule> {
  return nearby((near) => near("undici"));
}

/** h5wasm, which writes HDF5 files. */
export type H5wasmModule = typeof import("h5wasm");

/**
 * Loads h5wasm; throws Node's error where it is not there. It is an ES module alone, which Node's
 * `require` takes as a file and not by the package's name.
 */
export async function loadH5wasm(): Promise<H5wasmModule> {
  const { existsSync } = process.getBuiltinModule("node:fs");
  return nearby((near) => {
    const folders = near.resolve.paths("h5wasm") ?? [];
    const folder = folders.find((path) => existsSync(join(path, "h5wasm", "package.json")));
    // Says that it is not there.
    if (folder === undefined) return near("h5wasm");
    const { exports } = near(join(folder, "h5wasm", "package.json"));
    return near(join(folder, "h5wasm", exports["."].import));
  });
}

/** What the HTTP server is made of. */
export interface ServerPackages {
  readonly hono: typeof import("hono");
  readonly cors: typeof import("hono/cors");
  readonly accepts: typeof import("hono/accepts");
  readonly etag: typeof import("hono/etag");
  readonly mime: typeof import("hono/utils/mime");
  readonly adapter: typeof import("@hono/node-server");
  readonly prometheus: typeof import("prom-client");
}

/** Loads what the HTTP server is made of. Throws Node's error where one of it is not there. */
export async function loadServerPackages(): Promise<ServerPackages> {
  return {
    hono: nearby((near) => near("hono")),
    cors: nearby((near) => near("hono/cors")),
    accepts: nearby((near) => near("hono/accepts")),
    etag: nearby((near) => near("hono/etag")),
    mime: nearby((near) => near("hono/utils/mime")),
    adapter: nearby((near) => near("@hono/node-server")),
    prometheus: nearby((near) => near("prom-client")),
  };
}

/** The path of a package's file; throws Node's error where it is not there. */
export function packageFile(file: string): string {
  return nearby((near) => near.resolve(file));
}

/** This package's model file `cifar10.tflite`, whether it is there or not. */
export function carriedModel(): string {
  const here = besideThis();
  // Node's own function got in this way: who traces what is looked at would take the whole folder along.
  if (here !== undefined && process.getBuiltinModule("node:fs").existsSync(here)) return here;
  try {
    return join(dirname(packageFile("mobilenetv2/package.json")), "models", "cifar10.tflite");
  } catch {
    return here ?? "models/cifar10.tflite";
  }
}

/** Where it lies in the package; bundlers that copy files know them by this very expression. */
function besideThis(): string | undefined {
  try {
    const address = new URL("../../models/cifar10.tflite", import.meta.url);
    return Reflect.apply(fileURLToPath, undefined, [address]);
  } catch {
    // There are no such addresses in a bundle of another kind.
    return undefined;
  }
}

/** What is found from this module, the program's script or the folder that it runs in. */
function nearby<T>(look: (near: NodeJS.Require) => T): T {
  const places = [import.meta.url, process.argv[1], join(process.cwd(), "package.json")];
  return findFrom(createRequire, places, look);
}
