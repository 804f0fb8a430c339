/** How many threads work together, and why not more. */
import { MobileNetError } from "../../errors.ts";
import { quote } from "../../untrusted.ts";
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
export function chooseTeam(threads: number | "auto", mostAutomatic: number): Team {
  const wanted = threads === "auto" ? Math.min(availableThreads(), mostAutomatic) : threads;
  if (!Number.isInteger(wanted) || wanted < 1) {
    throw new MobileNetError("invalid-argument", "bad number of threads", {
      expected: 'a whole number from 1 on, or "auto"',
      received: quote(threads),
    });
  }
  if (wanted === 1) return { threads: 1 };
  const obstacle = threadObstacle();
  if (obstacle !== undefined) return { threads: 1, obstacle };
  const team = Math.min(wanted, mostHelpers + 1);
  const refusal = threadPool().start(team - 1);
  return refusal === undefined ? { threads: team } : { threads: 1, obstacle: refusal };
}
