/**
 * What all tasks share: a picture comes in, is decoded, preprocessed into the network's own memory when
 * its turn has come, and the outputs come back. Calls that overlap in time wait in the executable's
 * queue and never see each other's values.
 */
import type { Executable, InputWriter } from "../backends/backend.ts";
import { floatsOf } from "../backends/values.ts";
import { MobileNetError, throwIfAborted } from "../errors.ts";
import type { Graph } from "../graph/ir.ts";
import type { Rectangle, RgbImage } from "../image/image.ts";
import { pickLimits } from "../image/limits.ts";
import { type Placement, preprocess } from "../image/preprocess.ts";
import type { Preprocess } from "../image/presets.ts";
import { indexOfNonFinite, type Shape } from "../tensor.ts";
import { badValue } from "../wrong-argument.ts";
import { type BackendOptions, type PreparedGraph, prepareGraph } from "./backend-choice.ts";
import type { OpenedPicture } from "./parts/region.ts";
import { loadPictureWriter, pictureWriter } from "./picture/load-writer.ts";
import {
  type CallOptions,
  type Decode,
  type DecodeCallOptions,
  disposedModelError,
} from "./platform.ts";

/** A network, how its input is made, and how a picture is decoded. */
export interface SessionSource<Input> {
  readonly graph: Graph;
  readonly preprocess: Preprocess;
  readonly decode: Decode<Input>;
  /** Outputs may be infinite or no number, for those who look for where they become so. */
  readonly mayOverflow?: boolean;
}

/** The outcome of one run. */
export interface SessionRun {
  readonly image: RgbImage;
  /** Where the picture lies in the network's input. */
  readonly placement: Placement;
  /** Copies of the graph's outputs, NHWC. */
  readonly outputs: readonly Float32Array[];
  readonly times: RunTimes;
}

/** What a call says about its picture; tiles are looked at one by one. */
export interface PictureRequest extends DecodeCallOptions {
  readonly region?: Rectangle | undefined;
  readonly tiles?: unknown;
}

/** Milliseconds of a run's stages. */
export interface RunTimes {
  /** Until the pixels were there. */
  readonly decode: number;
  /** Of writing them into the network's input. */
  readonly preprocess: number;
  /** Of the network and of copying its outputs. */
  readonly network: number;
}

/** A network that is ready for pictures. */
export class PictureSession<Input> implements Disposable {
  /** How it runs: backend, instruction set, threads. */
  readonly description: string;
  /** Bytes of activation memory. */
  readonly arenaBytes: number;
  readonly preprocess: Preprocess;
  readonly outputShapes: readonly Shape[];
  readonly #name: string;
  readonly #decode: Decode<Input>;
  readonly #mayOverflow: boolean;
  readonly #scalar: boolean;
  #executable: Executable | undefined;

  /** Compiles and prepares a network. */
  static async open<Input>(
    source: SessionSource<Input>,
    options: BackendOptions & CallOptions = {},
  ): Promise<PictureSession<Input>> {
    throwIfAborted(options.signal);
    // Who asks for scalar code gets it before the network, too.
    const scalar = options.backend === "reference";
    if (!scalar) void loadPictureWriter();
    const prepared = await prepareGraph(source.graph, options);
    const session = new PictureSession(source, prepared, scalar);
    if (options.signal?.aborted) {
      session.dispose();
      throwIfAborted(options.signal);
    }
    return session;
  }

  private constructor(source: SessionSource<Input>, prepared: PreparedGraph, scalar: boolean) {
    this.description = prepared.executable.description;
    this.arenaBytes = prepared.executable.arenaBytes;
    this.preprocess = source.preprocess;
    this.outputShapes = prepared.outputShapes;
    this.#name = source.graph.name;
    this.#decode = source.decode;
    this.#mayOverflow = source.mayOverflow === true;
    this.#executable = prepared.executable;
    this.#scalar = scalar;
  }

  /**
   * Runs the network on one picture, whose pixels are read when its turn has come.
   *
   * @throws MobileNetError `disposed` after `dispose`, also where that happens while the picture is
   * being decoded or waits; `aborted` where the signal says so; `invalid-image` where it is no picture.
   */
  async run(input: Input, options: PictureRequest = {}): Promise<SessionRun> {
    const start = performance.now();
    const { image } = await this.open(input, options);
    return await this.look(image, options, performance.now() - start);
  }

  /** A picture's pixels, or those of the region that is meant. */
  async open(input: Input, options: PictureRequest): Promise<OpenedPicture> {
    const { signal, decode = "scaled", region, tiles } = options;
    this.#ready();
    throwIfAborted(signal);
    const whole = isFull(decode) || region !== undefined || tiles !== undefined;
    const copied = whole ? undefined : this.preprocess;
    const request = { ...pickLimits(options), signal, preprocess: copied };
    const image = await this.#decode(input, request);
    if (region === undefined) return { image, whole: image };
    return (await import("./parts/region.ts")).cutRegion(image, region);
  }

  /** Runs the network on pixels, which are read when their turn has come. */
  async look(
    image: RgbImage,
    { signal }: CallOptions = {},
    decode: number = 0,
  ): Promise<SessionRun> {
    throwIfAborted(signal);
    const decoded = performance.now();
    let begun = decoded;
    let written = decoded;
    let placement: Placement | undefined;
    const tensors = await this.#ready()
      .infer(
        (into) => {
          begun = performance.now();
          placement = this.#write(image, into);
          written = performance.now();
        },
        { signal },
      )
      .catch((error: unknown) => {
        this.#ready();
        throw error;
      });
    const outputs = tensors.map(floatsOf);
    const times = {
      decode,
      preprocess: written - begun,
      network: performance.now() - written,
    };
    const overflows = outputs.some((values) => indexOfNonFinite(values) >= 0);
    if (overflows && !this.#mayOverflow) throw overflown(this.#name);
    return { image, placement: placement as Placement, outputs, times };
  }

  /** Frees the memory; may be called twice. */
  dispose(): void {
    this.#executable?.dispose();
    this.#executable = undefined;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #write(image: RgbImage, into: InputWriter): Placement {
    const writer = this.#scalar ? undefined : pictureWriter();
    if (writer !== undefined) return writer.write(image, this.preprocess, into);
    return preprocess(image, this.preprocess, into.input()).placement;
  }

  #ready(): Executable {
    if (this.#executable === undefined) throw disposedModelError(this.#name);
    return this.#executable;
  }
}

function isFull(decode: unknown): boolean {
  if (decode === "full" || decode === "scaled") return decode === "full";
  throw badValue("bad decode", "scaled or full", decode);
}

function overflown(name: string): MobileNetError {
  return new MobileNetError("invalid-model", "the network's answer is infinite or no number", {
    node: name,
    expected: "finite outputs",
    remedy: "Its weights or its preprocessing's scale are damaged; get or make them again.",
  });
}
