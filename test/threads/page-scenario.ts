/**
 * A page whose own thread leads, which may not sleep, and whose helper stops within a unit of work: it
 * fails, or hangs. What becomes of the runs is the page's answer; `page.test.ts` opens it.
 */
import { wasmBackend } from "../../src/backends/wasm/wasm.ts";
import { compile } from "../../src/compile/compile.ts";
import { afterTakingUnit, convolution } from "./units.ts";

/** What a page answers. */
export interface PageReport {
  readonly description: string;
  readonly error: string;
  /** A program that was made ready afterwards. */
  readonly after: { readonly right: boolean; readonly description: string };
}

const hangs = new URL(location.href).searchParams.has("hangs");
const what = hangs ? "for (;;)" : 'throw new WebAssembly.RuntimeError("unreachable")';
const prelude = `const stuck = [0]; ${afterTakingUnit("float32", what)}`;
const PlainBlob = Blob;
let helpers = 0;
globalThis.Blob = class extends PlainBlob {
  constructor(parts: BlobPart[] = [], options?: BlobPropertyBag) {
    super(helpers++ === 0 ? [prelude, ...parts] : parts, options);
  }
};
if (hangs) {
  // Half a minute passes in a moment.
  let now = 0;
  performance.now = () => {
    now += 5;
    return now;
  };
}

async function play(): Promise<PageReport> {
  const program = compile(convolution("float32"), wasmBackend.target);
  const prepare = async (threads: number) => {
    const executable = await wasmBackend.prepare(program, { threads });
    const { description } = executable;
    const run = (): Float32Array => {
      executable.input().forEach((_, i, values) => {
        values[i] = (i * 31) % 255;
      });
      executable.run();
      return executable.output();
    };
    return { run, description };
  };
  const expected = (await prepare(1)).run();
  const { run, description } = await prepare(2);
  let error = "";
  for (let tries = 0; tries < 3000 && error === ""; tries++) {
    try {
      run();
    } catch (thrown) {
      error = String(thrown);
    }
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  const later = await prepare(2);
  const right = Array.from({ length: 10 }, () => later.run()).every((values) =>
    values.every((value, i) => value === expected[i]),
  );
  return { description, error, after: { right, description: later.description } };
}

Object.assign(globalThis, { answer: play().catch((error: Error) => ({ error: error.stack })) });
