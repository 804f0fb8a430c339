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
  /** A program that was made ready afterwards; whether a helper came to a run of it. */
  readonly after: {
    readonly right: boolean;
    readonly description: string;
    readonly helped: boolean;
  };
}

/** How long the program that comes afterwards is run until a helper comes. */
const patienceMilliseconds = 20_000;

/** A run that a helper came to, as it says to its owner; goes before the helpers' program. */
const sayHelped = `{
  const { Instance } = WebAssembly;
  WebAssembly.Instance = function (module, imports) {
    const { exports } = new Instance(module, imports);
    const help = (program, worker) => {
      exports.help(program, worker);
      self.postMessage("helped");
    };
    return { exports: { ...exports, help } };
  };
}`;

const hangs = new URL(location.href).searchParams.has("hangs");
const what = hangs ? "for (;;)" : 'throw new WebAssembly.RuntimeError("unreachable")';
const prelude = `const stuck = [0]; ${afterTakingUnit("float32", what)}`;
const PlainBlob = Blob;
let helpers = 0;
globalThis.Blob = class extends PlainBlob {
  constructor(parts: BlobPart[] = [], options?: BlobPropertyBag) {
    super([sayHelped, helpers++ === 0 ? prelude : "", ...parts], options);
  }
};
const PlainWorker = Worker;
let helped = false;
globalThis.Worker = class extends PlainWorker {
  constructor(url: string | URL) {
    super(url);
    this.addEventListener("message", ({ data }) => {
      helped ||= data === "helped";
    });
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
  helped = false;
  let right = true;
  const end = Date.now() + patienceMilliseconds;
  for (let runs = 0; runs < 10 || (!helped && Date.now() < end); runs++) {
    right &&= later.run().every((value, i) => value === expected[i]);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return { description, error, after: { right, description: later.description, helped } };
}

Object.assign(globalThis, { answer: play().catch((error: Error) => ({ error: error.stack })) });
