/** What has to hold of weights before they are written in any format. */
import { MobileNetError } from "../errors.ts";
import { greatestHalf } from "../formats/half.ts";
import type { Graph } from "../graph/ir.ts";
import { indexOfNonFinite } from "../tensor.ts";
import { quote } from "../untrusted.ts";

/**
 * Refuses a graph without values, with values that are no numbers (no reader takes them, this library's
 * neither), or with names that files cannot hold.
 */
export function checkWeights({ nodes, parameters }: Graph): void {
  for (const [name, { data }] of parameters) {
    if (data === undefined) {
      throw new MobileNetError("invalid-argument", "a parameter has no values", {
        node: name,
        remedy: "Bind weights to the graph first.",
      });
    }
    const at = data instanceof Float32Array ? indexOfNonFinite(data) : -1;
    if (at < 0) continue;
    throw new MobileNetError("invalid-model", `${name}[${at}] is no weight`, {
      expected: "a finite number",
      received: quote(data[at]),
      remedy: "Training diverged or the file is damaged; get or make the weights again.",
    });
  }
  for (const name of [...nodes.map((node) => node.name), ...parameters.keys()]) {
    if (name !== "" && isUnicode(name)) continue;
    throw new MobileNetError("unsupported", "files cannot hold this name", {
      node: quote(name),
      expected: "nodes and parameters with names that are not empty and are Unicode",
      remedy: "Build the graph with another name.",
    });
  }
}

/** Refuses weights that are beyond half precision's numbers. */
export function requireHalf({ parameters }: Graph): void {
  for (const [name, { data }] of parameters) {
    const at = data?.findIndex((value) => Math.abs(value) >= 65_520) ?? -1;
    if (at < 0) continue;
    throw new MobileNetError("unsupported", `${name}[${at}] is too large for half precision`, {
      expected: `an amount of at most ${greatestHalf}`,
      received: quote(data?.[at]),
      remedy: "Convert with precision f32.",
    });
  }
}

/** Half of a surrogate pair is no character. */
function isUnicode(name: string): boolean {
  const bytes = new TextEncoder().encode(name);
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes) === name;
}
