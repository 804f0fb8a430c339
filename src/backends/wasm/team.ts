/** How many threads work together, and why not more. */
import { checkThreads } from "../checks.ts";
import { availableThreads, threadObstacle } from "./host.ts";
import type { Team } from "./instance.ts";
import { mostHelpers } from "./team-words.ts";

/** Threads that "auto" takes at most: small planes have no work for more. */
export const mostAutomatic = 4;

/**
 * Starts the helpers that are missing.
 *
 * @param most - What "auto" takes at most.
 * @throws MobileNetError `invalid-argument` for another number than a whole one from 1 on.
 */
export async function chooseTeam(threads: number | "auto", most: number): Promise<Team> {
  checkThreads(threads);
  const wanted = threads === "auto" ? Math.min(availableThreads(), most) : threads;
  if (wanted === 1) return { threads: 1 };
  const obstacle = threadObstacle();
  if (obstacle !== undefined) return { threads: 1, obstacle };
  const team = Math.min(wanted, mostHelpers + 1);
  // Most pages have one thread, and load nothing of this.
  const pool = (await import("./threads.ts")).threadPool();
  const refusal = pool.start(team - 1) ?? (await pool.begun());
  return refusal === undefined ? { threads: team, pool } : { threads: 1, obstacle: refusal };
}
