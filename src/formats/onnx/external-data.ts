/**
 * Values of an ONNX model that lie in files beside it, as exporters do with large ones: each file is
 * read once, from a path below the model's own folder.
 */
import { MobileNetError } from "../../errors.ts";
import { quote } from "../../untrusted.ts";
import { isSafePath } from "../files.ts";
import type { MainFile } from "../format.ts";
import { ByteBudget, readAll } from "../reading.ts";
import type { OnnxFile } from "./schema.ts";
import { storedBytes } from "./stored-tensors.ts";

/** Several times any network of this family. */
const mostBytes = 256 * 2 ** 20;

/** What may stand behind the last values: files are filled up to whole pages. */
const slack = 2 ** 20;

/** The files beside a model that hold values, by the paths that it names. */
export async function readExternalFiles(
  file: OnnxFile,
  main: MainFile,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const ends = new Map<string, number>();
  for (const tensor of file.constants.values()) {
    if (tensor.external === undefined) continue;
    const { location, offset } = tensor.external;
    if (!isSafePath(location)) {
      throw new MobileNetError(
        "invalid-model",
        "a tensor's values lie outside the model's folder",
        {
          node: main.place,
          expected: "a path below the model's own",
          received: quote(location),
        },
      );
    }
    ends.set(location, Math.max(ends.get(location) ?? 0, offset + storedBytes(tensor)));
  }
  const total = [...ends.values()].reduce((sum, end) => sum + end, 0);
  if (total > mostBytes) {
    throw new MobileNetError("unsupported", "the values beside the model are too many", {
      node: main.place,
      expected: `at most ${mostBytes} bytes`,
      received: quote(total),
    });
  }
  const budget = new ByteBudget(total + slack * ends.size);
  const files = await readAll([...ends.keys()], signal, async (path, stop) => {
    return [path, await main.read(path, budget, stop)] as const;
  });
  return new Map(files);
}
