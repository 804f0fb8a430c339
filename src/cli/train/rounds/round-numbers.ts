/** In how many shards and by how many steps a run is trained in rounds. */
import type { RoundsOptions } from "../../../train/rounds.ts";
import type { TrainValues } from "../choose-settings.ts";

/** How rounds are made. */
export type RoundNumbers = Pick<RoundsOptions, "shards" | "localSteps">;

/** Steps of a round where nobody says: little is moved, and shards are still alike. */
const usualLocalSteps = 16;

/** How the rounds of a run are made; nothing where it has none. */
export function roundsOf({
  shards,
  "local-steps": localSteps = usualLocalSteps,
}: Pick<TrainValues, "shards" | "local-steps">): RoundNumbers | undefined {
  return shards === undefined ? undefined : { shards, localSteps };
}
