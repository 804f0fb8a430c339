/** How many threads work together, and why not more. */
import { checkThreads } from "../checks.ts";
import { availableThreads, threadObstacle } from "./host.ts";
import type { Team } from "./instance.ts";
import { mostHelpers } from "./thread-source.ts";
import { threadPool } from "./threads.ts";

/**
 * Starts the helpers that are missing.
 *
 * @param mostAutomatic - What "auto" takes at most.
 * @throws MobileNetError `invalid-argument` for another number than a whole one from 1 on.
 */
export async function chooseTeam(threads: number | "auto", mostAutomatic: number): Promise<Team> {
  checkThreads(threads);
  const wanted = threads === "auto" ? Math.min(availableThreads(), mostAutomatic) : threads;
  if (wanted === 1) return { threads: 1 };
  const obstacle = threadObstacle();
  if (obstacle !== undefined) return { threads: 1, obstacle };
  const team = Math.min(wanted, mostHelpers + 1);
  const refusal = threadPool().start(team - 1) ?? (await threadPool().begun());
  return refusal === undefined ? { threads: team } : { threads: 1, obstacle: refusal };
}
