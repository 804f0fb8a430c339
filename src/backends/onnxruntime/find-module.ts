/**
 * onnxruntime, which nobody has to have: handed over, imported from an address, or found by its name. In a
 * form that bundlers leave as it stands, so that they do not look for a package that is not there.
 */
import { findFrom, type RequireMaker, whyAbsent } from "../../disk/nearby.ts";
import { MobileNetError } from "../../errors.ts";
import { nodeModule } from "../wasm/host.ts";
import { checkModule, type FoundModule, installing, onnxruntimeRange } from "./module.ts";

/**
 * Finds onnxruntime.
 *
 * @param given - The module, or its address.
 * @throws MobileNetError `missing-dependency` where it is not there or in another version.
 */
export async function findOnnxruntime(given: object | string | undefined): Promise<FoundModule> {
  if (typeof given === "object") return checkModule(given);
  return checkModule(await (given === undefined ? importByName() : importFrom(given)));
}

async function importFrom(address: string): Promise<unknown> {
  try {
    return await importAsItStands(address);
  } catch (cause) {
    throw absent("onnxruntime cannot be loaded from its address", cause, {
      expected: "the address of a module",
      remedy: `Check that ${address} can be loaded here.`,
    });
  }
}

async function importByName(): Promise<unknown> {
  const node = nodeModule<{ createRequire: RequireMaker }>("node:module");
  if (node === undefined) return importInPage();
  try {
    const folder = `${process.cwd()}/package.json`;
    const places = [import.meta.url, process.argv[1], folder];
    return findFrom(node.createRequire, places, (near) => near("onnxruntime-node"));
  } catch (cause) {
    throw absent("the backend needs onnxruntime-node", cause, {
      expected: `the package onnxruntime-node ${onnxruntimeRange}`,
      remedy: installing("onnxruntime-node"),
    });
  }
}

async function importInPage(): Promise<unknown> {
  try {
    return await importAsItStands("onnxruntime-web");
  } catch (cause) {
    throw absent("the backend needs onnxruntime-web", cause, {
      expected: `onnxruntime-web ${onnxruntimeRange} in the page's import map, or as runtime`,
      remedy:
        'Import it: import * as ort from "onnxruntime-web", and use createOnnxruntimeBackend({ runtime: ort }); in a worker, give the address of its module as runtime.',
    });
  }
}

/** An import of what nobody knows before. */
function importAsItStands(address: string): Promise<unknown> {
  return import(/* @vite-ignore */ /* webpackIgnore: true */ address);
}

function absent(
  summary: string,
  cause: unknown,
  facts: { readonly expected: string; readonly remedy: string },
): MobileNetError {
  const received = whyAbsent(cause);
  return new MobileNetError("missing-dependency", summary, { ...facts, received, cause });
}
