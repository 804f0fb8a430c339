/**
 * From results to a shard's files. The same results make the same bytes wherever that happens: no times,
 * no names of machines, numbers by one rule, lines in the listing's order.
 */
import { MobileNetError } from "../errors.ts";
import { escapeControls } from "../format-json.ts";
import { writeNpy } from "../formats/npy.ts";
import { writeSafetensors } from "../formats/safetensors.ts";
import type { BatchLine } from "../json/batch.ts";
import { failedItem, type ItemFacts, pictureItem } from "../json/items.ts";
import type { Segmentation } from "../tasks/results/segmentation.ts";
import { segmentationJson } from "../tasks/results/segmentation-json.ts";
import type { Verb } from "../tasks/task-names.ts";
import type { BatchJob } from "./job.ts";

/** The ending of the file of lines, which stands for the whole shard. */
export const linesEnding = ".ndjson";

/** Writes a shard's rows as Parquet. */
export type WriteParquet = (
  verb: Verb,
  lines: readonly BatchLine[],
  vectors: readonly Float32Array[],
) => Uint8Array;

/** Takes a unit's results in the listing's order and makes a shard of them. */
export class ShardBuilder {
  readonly #job: Pick<BatchJob, "verb" | "outputs">;
  readonly #lines: BatchLine[] = [];
  readonly #vectors: Float32Array[] = [];

  constructor(job: Pick<BatchJob, "verb" | "outputs">) {
    this.#job = job;
  }

  /** A picture's result, as the verb gave it. */
  add(result: unknown, facts: ItemFacts): void {
    const { verb } = this.#job;
    if (verb === "embed") {
      const { embedding: _, ...item } = pictureItem<"embed">(
        "embed",
        [],
        facts as ItemFacts<"embed">,
      );
      this.#lines.push({ ...item, row: this.#vectors.length });
      this.#vectors.push(result as Float32Array);
      return;
    }
    const item = pictureItem<Verb>(verb, result as never, facts);
    const whole =
      verb === "segment" ? { ...item, ...segmentationJson(result as Segmentation) } : item;
    this.#lines.push(whole as BatchLine);
  }

  /** A picture that has none. */
  addFailed(image: string, error: string): void {
    this.#lines.push(failedItem(this.#job.verb, image, error));
  }

  /** How many lines there are. */
  get count(): number {
    return this.#lines.length;
  }

  /** The files by their endings, the lines last. */
  files(writeParquet: WriteParquet | undefined): ReadonlyMap<string, Uint8Array> {
    const { verb, outputs } = this.#job;
    const files = new Map<string, Uint8Array>();
    if (verb === "embed") files.set(`.${outputs.vectors}`, this.#vectorFile());
    if (outputs.parquet) {
      if (writeParquet === undefined) throw new MobileNetError("internal", "nobody writes Parquet");
      files.set(".parquet", writeParquet(verb, this.#lines, this.#vectors));
    }
    const lines = this.#lines.map((line) => `${escapeControls(JSON.stringify(line))}\n`);
    files.set(linesEnding, new TextEncoder().encode(lines.join("")));
    return files;
  }

  #vectorFile(): Uint8Array {
    const rows = this.#vectors;
    const columns = rows[0]?.length ?? 0;
    if (this.#job.outputs.vectors === "npy") return writeNpy(rows, columns);
    const data = new Float32Array(rows.length * columns);
    for (const [i, row] of rows.entries()) data.set(row, i * columns);
    const embeddings = { dtype: "float32", shape: [rows.length, columns], data } as const;
    return writeSafetensors({ tensors: new Map([["embeddings", embeddings]]), metadata: {} });
  }
}
