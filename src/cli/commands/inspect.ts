/** `mobilenetv2 inspect`: what a model is, what its files say and do not say, what it can be used for. */
import { throwIfAborted } from "../../errors.ts";
import { lookUpRecord } from "../../hub/lookup.ts";
import { shownAddress } from "../../hub/web-address.ts";
import type { Inspection } from "../../inspect/inspection.ts";
import type { FailedModel } from "../../json/hub.ts";
import type { InspectedModel, InspectOutput } from "../../json/measures.ts";
import { type Command, defineCommand, type ExitCode, outputOptions } from "../command.ts";
import { formatInspection } from "../inspect-report.ts";
import { writeJson } from "../json.ts";
import { explainLoading, withDownload } from "../load-model.ts";
import { modelSources, requireExisting } from "../model-options.ts";
import { errorLine, reportError } from "../report.ts";
import { namingFlags, readSaid, saidOptions } from "../said-options.ts";
import { UsageError } from "../usage-error.ts";

const options = { ...saidOptions, ...outputOptions };

export const inspectCommand: Command = defineCommand({
  positionals: [{ name: "MODEL…", description: `Models ${modelSources}` }],
  options,
  examples: [
    { call: "inspect model.tflite", effect: "What is in the file, and what was assumed." },
    { call: "inspect imagenet ssdlite-coco", effect: "Two models of the hub." },
    { call: "inspect model/ --json", effect: "For a program: an object, or a list of several." },
  ],
  async run(context): Promise<ExitCode> {
    const { values, positionals, terminal, signal } = context;
    if (positionals.length === 0) {
      throw new UsageError("no model was named", {
        remedy: "Name a file, a folder or a model of the hub.",
      });
    }
    const said = await readSaid(values);
    const { inspectModel } = await import("../../inspect/inspect-node.ts");
    const found: (InspectedModel | FailedModel<1>)[] = [];
    for (const [index, source] of positionals.entries()) {
      try {
        if (lookUpRecord(source) === undefined) await requireExisting(source);
        const inspection = named(
          await withDownload(context, (news) => inspectModel(source, { ...said, ...news })),
        );
        found.push({ schemaVersion: 1, ...inspection });
        if (values.json) continue;
        if (index > 0) terminal.out.write("\n");
        terminal.out.write(formatInspection(inspection, terminal.out));
      } catch (error) {
        throwIfAborted(signal);
        const explained = explainLoading(error, source);
        // Of several, one that cannot be had says nothing about the others.
        if (positionals.length === 1) throw explained;
        const name = shownAddress(source);
        found.push({ schemaVersion: 1, name, error: errorLine(explained) });
        reportError(terminal, explained, { about: shownAddress(source) });
      }
    }
    if (values.json) {
      const [first] = found;
      // One alone that cannot be had was thrown above.
      const isOne = positionals.length === 1 && first !== undefined && !("error" in first);
      writeJson<InspectOutput>(terminal.out, isOne ? first : found);
    }
    return found.some((one) => "error" in one || one.problem !== undefined) ? 1 : 0;
  },
});

/** An inspection whose problem names this program's options. */
function named(inspection: Inspection): Inspection {
  const { problem } = inspection;
  if (problem === undefined) return inspection;
  return { ...inspection, problem: { ...problem, message: namingFlags(problem.message) } };
}
