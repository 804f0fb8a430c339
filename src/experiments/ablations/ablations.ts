/**
 * Figure 6 and what the paper says of its block beside it, on small pictures: one thing changed in each
 * network, all trained alike, several times with other seeds.
 */
import { type AnyExperiment, defineExperiment } from "../experiment.ts";
import { trainedParts } from "../small-networks/trained-parts.ts";
import { fullTraining, quickTraining } from "../small-networks/training-settings.ts";
import { ablationFigures } from "./figures.ts";
import { ablationReport } from "./section.ts";
import { type AblationSettings, ablationKinds, type TrainedValue } from "./values.ts";

/** What the paper claims comes first. */
const figure6 = ["base", "nonlinear", "no-shortcut", "expansion-shortcut"] as const;

export const ablations: AnyExperiment = defineExperiment<AblationSettings, TrainedValue>({
  name: "ablations",
  kinds: ablationKinds,
  settings: (quick) =>
    quick
      ? { training: quickTraining, seeds: 2, groups: [figure6, ["t1", "t1-equal", "v1", "resnet"]] }
      : {
          training: fullTraining,
          seeds: 3,
          groups: [
            figure6,
            ["t1-equal", "t2-equal", "t3-equal", "t4-equal", "t9-equal"],
            ["v1", "resnet"],
            ["t1", "t3"],
            ["width-0.15", "width-0.35"],
          ],
        },
  parts: ({ groups, ...asked }, seed) =>
    groups.flatMap((networks) =>
      trainedParts(
        { ...asked, networks },
        seed,
        1,
        ({ width, multiplyAdds, parameters, epochs }) => {
          return { width, multiplyAdds, parameters, epochs };
        },
      ),
    ),
  figures: ablationFigures,
  report: ablationReport,
});
