/**
 * Figure 6 and what the paper says of its block beside it, on small pictures: one thing changed in each
 * network, all trained alike, several times with other seeds.
 */
import { recipes } from "../../train/index.ts";
import { type AnyExperiment, defineExperiment } from "../experiment.ts";
import { trainedParts } from "../small-networks/trained-parts.ts";
import { fullTraining, quickTraining } from "../small-networks/training-settings.ts";
import { ablationFigures } from "./figures.ts";
import { ablationReport } from "./section.ts";
import { type AblationSettings, ablationKinds, type TrainedValue } from "./values.ts";
import { ablationAnswers } from "./verdicts.ts";

/** What the paper claims comes first. */
const figure6 = ["base", "nonlinear", "no-shortcut", "expansion-shortcut"] as const;

export const ablations: AnyExperiment = defineExperiment<AblationSettings, TrainedValue>({
  name: "ablations",
  revision: 1,
  kinds: ablationKinds,
  settings: (quick) =>
    quick
      ? {
          ...{ training: quickTraining, recipe: recipeNumbers(), seeds: 2 },
          groups: [figure6, ["t1", "t1-equal", "v1", "resnet"]],
        }
      : {
          ...{ training: fullTraining, recipe: recipeNumbers(), seeds: 3 },
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
  answers: ablationAnswers,
});

/** Of the recipe that all small networks are trained by: in the settings, so that a result says what it had. */
function recipeNumbers(): AblationSettings["recipe"] {
  const { optimizer, labelSmoothing } = recipes.small;
  const { weightDecay = 0 } = optimizer;
  const { momentum = 0, nesterov = false } = optimizer.kind === "sgd" ? optimizer : {};
  return { momentum, nesterov, weightDecay, labelSmoothing };
}
